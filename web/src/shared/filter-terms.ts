export interface FilterTerm {
  field: string;
  value: string;
  /** `-field:value`: everything but this. */
  not?: true;
}

/** Reads `field:value` and `-field:value` terms; words without a field go to `plain`. Quotes hold spaces together. */
export function readTerms(text: string, plain: string): FilterTerm[] {
  const terms: FilterTerm[] = [];
  for (const match of text.matchAll(/(?:(-?)([a-zA-Z]+):)?(?:"([^"]*)"|(\S+))/g)) {
    const value = match[3] ?? match[4] ?? '';
    if (value !== '')
      terms.push({ field: match[2] ?? plain, value, ...(match[1] === '-' ? { not: true } : {}) });
  }
  return terms;
}

/** The inverse of `readTerms`. */
export function writeTerms(terms: readonly FilterTerm[], plain: string): string {
  return terms
    .map(({ field, value, not }) => {
      const quoted = /\s/.test(value) ? `"${value}"` : value;
      return field === plain && not === undefined ? quoted : `${not ? '-' : ''}${field}:${quoted}`;
    })
    .join(' ');
}
