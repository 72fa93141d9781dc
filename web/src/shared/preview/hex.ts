export interface HexLine {
  offset: string;
  bytes: string;
  text: string;
}

/** Bytes as lines of 16: where, which, and what is readable of them. */
export function hexLines(bytes: Uint8Array): HexLine[] {
  const lines: HexLine[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.subarray(at, at + 16)];
    lines.push({
      offset: at.toString(16).padStart(6, '0'),
      bytes: part.map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
      text: part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join(''),
    });
  }
  return lines;
}
