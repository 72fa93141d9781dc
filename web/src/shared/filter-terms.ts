export interface FilterTerm {
  field: string;
  value: string;
}

/** Reads `field:value` terms; words without a field go to `plain`. Quotes hold spaces together. */
export function readTerms(text: string, plain: string): FilterTerm[] {
  const terms: FilterTerm[] = [];
  for (const match of text.matchAll(/(?:([a-zA-Z]+):)?(?:"([^"]*)"|(\S+))/g)) {
    const value = match[2] ?? match[3] ?? '';
    if (value !== '') terms.push({ field: match[1] ?? plain, value });
  }
  return terms;
}

/** The inverse of `readTerms`. */
export function writeTerms(terms: readonly FilterTerm[], plain: string): string {
  return terms
    .map(({ field, value }) => {
      const quoted = /\s/.test(value) ? `"${value}"` : value;
      return field === plain ? quoted : `${field}:${quoted}`;
    })
    .join(' ');
}
