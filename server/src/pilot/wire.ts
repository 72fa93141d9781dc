/** Fields of an answer, whatever form it came in. */
export type AnswerFields = Readonly<Record<string, unknown>>;

/**
 * Reads the body of a legacy answer: JSON, the bare word `Succeeded`, or `name=value&…`. Throws when it is JSON that
 * is none.
 */
export function readAnswer(body: Buffer): AnswerFields {
  const text = body.toString('utf8').trim();
  if (text.startsWith('{') && text.endsWith('}')) return JSON.parse(text) as AnswerFields;
  if (text === 'Succeeded') return { StatusCode: 0 };
  return Object.fromEntries(new URLSearchParams(text));
}

/** A text of the contract: absent, `NULL` and the empty string are all nothing. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = String(value);
  return text === 'NULL' ? '' : text;
}

/** A number of the contract, which may come as text; `otherwise` when it is none. */
export function numberOf(value: unknown, otherwise = 0): number {
  const text = textOf(value).trim();
  const number = Number(text);
  return text === '' || !Number.isFinite(number) ? otherwise : number;
}

/** `True` is how booleans travel; JSON's own are understood as well. */
export function flagOf(value: unknown, otherwise = false): boolean {
  const text = textOf(value).toLowerCase();
  return text === '' ? otherwise : text === 'true' || text === '1';
}

/** A list `a,b,c`; positions matter, so that empty members stay. */
export function listOf(value: unknown): string[] {
  const text = textOf(value);
  return text === '' ? [] : text.split(',').map((member) => textOf(member.trim()));
}
