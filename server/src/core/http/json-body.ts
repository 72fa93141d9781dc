import { AppError } from '../errors.ts';

/**
 * Parses the JSON body of our own API. A key that stands twice in an object is refused: which one counts differs
 * from parser to parser (RFC 8259 §4), and what was checked could then be other than what is used. So is the key
 * `__proto__`. Throws `http.json-broken` and `http.json-key-refused`.
 */
export function parseJsonBody(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid', 'http.json-broken', 'The body is not JSON.', {
      next: 'Send one JSON value, with the content type application/json.',
      cause,
    });
  }
  const refused = findRefusedKey(text);
  if (refused === undefined) return value;
  throw new AppError(
    'invalid',
    'http.json-key-refused',
    `The key ${JSON.stringify(refused.slice(0, 100))} cannot be used here, or stands twice.`,
    {
      next: 'Give every key once.',
    },
  );
}

/** Walks text that is known to be JSON: one set of keys per open object, `null` per open array. */
function findRefusedKey(text: string): string | undefined {
  const open: Array<Set<string> | null> = [];
  let expectsKey = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (expectsKey && keys != null) {
        const raw = text.slice(at, end + 1);
        const key = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
        if (key === '__proto__' || keys.has(key)) return key;
        keys.add(key);
        expectsKey = false;
      }
      at = end;
    } else if (sign === '{') {
      open.push(new Set());
      expectsKey = true;
    } else if (sign === '[') {
      open.push(null);
    } else if (sign === '}' || sign === ']') {
      open.pop();
      expectsKey = false;
    } else if (sign === ',') {
      expectsKey = open.at(-1) != null;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
}
