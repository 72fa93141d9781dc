import { randomFillSync } from 'node:crypto';

/** Lower-case letters and digits without the look-alikes 0, 1, l, o: 32 signs, 5 bits each. */
const alphabet = '23456789abcdefghijkmnpqrstuvwxyz';

/** Random bytes are asked for by the page: each question costs as much as a thousand bytes. None is used twice. */
const pool = Buffer.alloc(4096);
let unused = 0;

/** A random id that nobody can guess: 26 signs carry 130 bits. Legal as a path segment and a file name. */
export function unguessableId(length = 26): string {
  let id = '';
  for (let n = 0; n < length; n++) {
    if (unused === 0) {
      randomFillSync(pool);
      unused = pool.length;
    }
    unused--;
    id += alphabet[(pool[unused] ?? 0) & 31];
    pool[unused] = 0;
  }
  return id;
}

/** A short id for one request or one run in the logs; unique enough to search for, no secret. */
export function shortId(): string {
  return unguessableId(12);
}
