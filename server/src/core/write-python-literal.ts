/** A JSON value as Python writes it, so that clients can read it as a literal; in ASCII. */
export function writePythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return pythonText(value);
  if (Array.isArray(value)) return `[${value.map(writePythonLiteral).join(', ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(
      ([name, one]) => `${pythonText(name)}: ${writePythonLiteral(one)}`,
    );
    return `{${entries.join(', ')}}`;
  }
  return String(value);
}

function pythonText(text: string): string {
  const escaped = text.toWellFormed().replace(/[\\'\u0000-\u001f\u{7f}-\u{10ffff}]/gu, (sign) => {
    if (sign === '\\' || sign === "'") return `\\${sign}`;
    const code = (sign.codePointAt(0) ?? 0).toString(16);
    if (code.length <= 2) return `\\x${code.padStart(2, '0')}`;
    return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
  });
  return `'${escaped}'`;
}
