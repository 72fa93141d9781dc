import { randomBytes } from 'node:crypto';

/** Lower-case letters and digits without the look-alikes 0, 1, l, o: 32 signs, 5 bits each. */
const alphabet = '23456789abcdefghijkmnpqrstuvwxyz';

/** A random id that nobody can guess: 26 signs carry 130 bits. Legal as a path segment and a file name. */
export function unguessableId(length = 26): string {
  let id = '';
  for (const byte of randomBytes(length)) id += alphabet[byte & 31];
  return id;
}

/** A short id for one request or one run in the logs; unique enough to search for, no secret. */
export function shortId(): string {
  return unguessableId(12);
}
