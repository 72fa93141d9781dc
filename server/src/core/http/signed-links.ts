import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors.ts';

/** Links that carry their own permission for ten minutes: for previews and for tools without the browser's session. */
export interface SignedLinks {
  /** Adds `expires` and `signature` to a path of ours. */
  sign(path: string, now: Date, lifetimeSeconds?: number): string;
  /** True when the query holds a valid signature for `path`; throws when it holds a wrong or expired one. */
  isSigned(path: string, query: Readonly<Record<string, unknown>>, now: Date): boolean;
}

export function createSignedLinks(key: Buffer): SignedLinks {
  const signature = (path: string, expires: string): string =>
    createHmac('sha256', key).update(`link\0${path}\0${expires}`).digest('base64url');
  return {
    sign(path, now, lifetimeSeconds = 600) {
      const expires = String(Math.floor(now.getTime() / 1000) + lifetimeSeconds);
      return `${path}?expires=${expires}&signature=${signature(path, expires)}`;
    },
    isSigned(path, query, now) {
      const { expires, signature: given } = query;
      if (typeof expires !== 'string' || typeof given !== 'string') return false;
      const wanted = Buffer.from(signature(path, expires));
      const actual = Buffer.from(given);
      const isRight = wanted.length === actual.length && timingSafeEqual(wanted, actual);
      if (!isRight || Number(expires) * 1000 < now.getTime()) {
        throw new AppError('forbidden', 'http.link-expired', 'This link has expired.', {
          next: 'Open the page again and take a new one.',
        });
      }
      return true;
    },
  };
}
