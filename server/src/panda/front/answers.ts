/**
 * JSON as PanDA's clients read it: an instant is `{"__datetime__": "2026-11-22T00:38:36.934000"}`, in UTC without a
 * zone (panda-client 2.0.2 makes a datetime of it).
 */
export function renderJson(value: unknown): string {
  return JSON.stringify(value, function replace(this: Record<string, unknown>, key, shown) {
    const original = this[key];
    return original instanceof Date ? { __datetime__: naiveIso(original) } : shown;
  });
}

/** UTC without a zone, with microseconds, as Python's `isoformat` of a naive datetime. */
export function naiveIso(instant: Date): string {
  return `${instant.toISOString().slice(0, -1)}000`;
}

/** `2026-11-22 00:38:36`, as old clients write and read instants. */
export function plainInstant(instant: Date): string {
  return instant.toISOString().slice(0, 19).replace('T', ' ');
}

/** `name=value&…` after Python's `urlencode`: blanks are `+`, None is the word. */
export function renderForm(value: Readonly<Record<string, unknown>>): string {
  return Object.entries(value)
    .map(([name, one]) => `${encodePlus(name)}=${encodePlus(pythonText(one))}`)
    .join('&');
}

/** Most names and values are such; looking is cheaper than encoding. */
const needsNoCode = /^[\w.-]*$/;

function encodePlus(text: string): string {
  if (needsNoCode.test(text)) return text;
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

/** As Python's `str` writes it; structures in these answers are JSON text. */
function pythonText(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Date) return plainInstant(value);
  return typeof value === 'object' ? renderJson(value) : String(value);
}
