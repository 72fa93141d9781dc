import { type Literal, NumberLiteral, Tuple } from './literal.ts';

/**
 * What keys of a dictionary have in common when Python takes them for the same (`1`, `1.0` and `True` are), undefined
 * for what cannot be a key: lists and dictionaries. Texts mostly stand for themselves; marks begin with a character
 * that a mapping cannot contain unescaped.
 */
export function keyIdentity(key: Literal): string | number | undefined {
  if (typeof key === 'string') return key.charCodeAt(0) === 0 ? `\0s${key}` : key;
  if (typeof key === 'boolean') return key ? 1 : 0;
  if (key === null) return '\0n';
  if (key instanceof NumberLiteral) return numberIdentity(key);
  if (!(key instanceof Tuple)) return undefined;
  let identity = '\0t';
  for (const item of key.items) {
    const part = keyIdentity(item);
    if (part === undefined) return undefined;
    identity += typeof part === 'number' ? `${part},` : `"${part.length}:${part}`;
  }
  return identity;
}

function numberIdentity(key: NumberLiteral): string | number {
  if (Number.isSafeInteger(key.value) || !Number.isInteger(key.value)) return key.value;
  return `\0i${/^-?\d+$/.test(key.text) ? key.text : BigInt(key.value)}`;
}
