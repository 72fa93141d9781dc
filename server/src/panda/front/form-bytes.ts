const [percent, plus, blank] = [0x25, 0x2b, 0x20];

/** The bytes that a value of a form stands for; `%` without two hexadecimal digits stands for itself. */
export function formBytes(text: string): Buffer {
  const bytes = Buffer.alloc(text.length);
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const byte = code === percent ? hexPair(text, at + 1) : -1;
    bytes[end++] = byte >= 0 ? byte : code === plus ? blank : code;
    if (byte >= 0) at += 2;
  }
  return bytes.subarray(0, end);
}

function hexPair(text: string, at: number): number {
  const [high, low] = [hexDigit(text.charCodeAt(at)), hexDigit(text.charCodeAt(at + 1))];
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
