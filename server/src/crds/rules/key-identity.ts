import { Dict, type Literal, NumberLiteral, Tuple } from './literal.ts';

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

/** Whether Python takes two literals for equal; dictionaries may have their entries in any order. */
export function isSameLiteral(a: Literal, b: Literal): boolean {
  return identityText(a) === identityText(b);
}

function identityText(value: Literal): string {
  if (value instanceof Dict) {
    const entries = value.entries.map(([key, item]) => `${identityText(key)}:${identityText(item)}`);
    return `{${entries.sort().join(',')}}`;
  }
  if (value instanceof Tuple) return `(${value.items.map(identityText).join(',')})`;
  if (Array.isArray(value)) return `[${value.map(identityText).join(',')}]`;
  const identity = keyIdentity(value);
  return typeof identity === 'number' ? String(identity) : JSON.stringify(identity);
}
