/**
 * Pickles of protocol 0, in plain ASCII, for old clients that read nothing else: None, truth values, numbers, texts,
 * lists and objects (as dictionaries). Nothing here reads pickles.
 */
export function renderPickle(value: unknown): string {
  return `${pickled(value)}.`;
}

function pickled(value: unknown): string {
  if (value === null || value === undefined) return 'N';
  if (typeof value === 'boolean') return value ? 'I01\n' : 'I00\n';
  if (typeof value === 'number') return pickledNumber(value);
  if (Array.isArray(value)) return `(l${value.map((one) => `${pickled(one)}a`).join('')}`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([key, one]) => `${pickledText(key)}${pickled(one)}s`);
    return `(d${entries.join('')}`;
  }
  return pickledText(String(value));
}

function pickledNumber(value: number): string {
  if (Number.isSafeInteger(value)) return Math.abs(value) < 2 ** 31 ? `I${value}\n` : `L${value}L\n`;
  if (Number.isNaN(value)) return 'Fnan\n';
  if (!Number.isFinite(value)) return value > 0 ? 'Finf\n' : 'F-inf\n';
  return `F${value}\n`;
}

/** As Python's raw-unicode-escape, with everything escaped that is no plain ASCII. */
function pickledText(text: string): string {
  const escaped = Array.from(text, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    if (code >= 0x20 && code < 0x7f && sign !== '\\') return sign;
    const hex = code.toString(16);
    return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });
  return `V${escaped.join('')}\n`;
}
