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

/** A Python literal; never `null`, `true` or `false`, which Python could not read. */
export function renderPython(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (value instanceof Date) return pythonString(plainInstant(value));
  if (Array.isArray(value)) return `[${value.map(renderPython).join(', ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([name, one]) => `${pythonString(name)}: ${renderPython(one)}`);
    return `{${entries.join(', ')}}`;
  }
  return pythonString(String(value));
}

function pythonString(text: string): string {
  const escaped = text.replace(/[\\'\u0000-\u001f\u007f-\u009f\ud800-\udfff]/g, (sign) => {
    if (sign === '\\' || sign === "'") return `\\${sign}`;
    const code = sign.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
  return `'${escaped}'`;
}
