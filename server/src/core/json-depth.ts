/**
 * Whether arrays and objects of JSON text stand in one another deeper than `levels`. Looked at before the text is read:
 * millions of them take seconds to read, and whoever walks through the value afterwards would end the stack. Text that
 * is no JSON may pass for either.
 */
export function isNestedDeeper(text: string, levels: number): boolean {
  return excessOf(text, levels, Number.POSITIVE_INFINITY) !== null;
}

/** Of what JSON text has too much: levels of nesting, or values in all; null = of neither. */
export function excessOf(text: string, levels: number, values: number): 'levels' | 'values' | null {
  let depth = 0;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfString(text, at);
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > levels) return 'levels';
        if (++count > values) return 'values';
        break;
      case 0x2c:
        if (++count > values) return 'values';
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return null;
}

/** Place of the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
