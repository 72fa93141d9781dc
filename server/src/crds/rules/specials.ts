const notApplicable: ReadonlySet<string> = new Set(['N/A', 'n/a', 'TEMP_N/A', 'temp_n/a']);
const omitted: ReadonlySet<string> = new Set(['OMIT', 'omit', 'TEMP_OMIT']);

/** Whether rules say with this instead of a file name that the type does not apply (crds 13.2.7). */
export function isNotApplicable(value: string): boolean {
  return notApplicable.has(value);
}

/** Whether rules say with this that the type is left out of the answer. */
export function isOmitted(value: string): boolean {
  return omitted.has(value);
}

/** Whether a text that stands for a file in rules names none. */
export function isSpecial(value: string): boolean {
  return notApplicable.has(value) || omitted.has(value);
}
