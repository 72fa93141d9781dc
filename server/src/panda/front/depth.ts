/** Arrays and objects may stand in one another this deep; no message of PanDA needs more than ten. */
export const maxDepth = 100;
export const tooDeep = `Arrays and objects may be nested ${maxDepth} deep.`;

/** Whether a value nests deeper than that; what does would end the stack of whoever writes it again. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

/** Shorter texts are read in no time, however deep. */
const quickCharacters = 65_536;

/**
 * The same of JSON text, before it is read: millions of arrays in one another take seconds to read, in which nobody
 * else is answered. Short texts are not looked at. Text that is no JSON may pass for either.
 */
export function isTextDeeperThan(text: string, levels: number): boolean {
  if (text.length <= quickCharacters) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfString(text, at);
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > levels) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return false;
}

/** Place of the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at;
  }
  return text.length;
}
