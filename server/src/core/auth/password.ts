import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '../errors.ts';
import { createTurns } from './turns.ts';

const hash = promisify(argon2);

/** OWASP's second choice for argon2id: 19 MiB, two passes, one lane; about 43 ms of one core. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const phcPattern = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Each hash fills 19 MiB and a core: two at a time, twenty waiting, then `auth.sign-in-busy`. */
const turns = createTurns({
  atOnce: 2,
  waiting: 20,
  refuse: () =>
    new AppError('busy', 'auth.sign-in-busy', 'Too many people sign in at this moment.', {
      next: 'Try again in a few seconds.',
      retryAfterSeconds: 3,
    }),
});

export const passwordLimits = { minLength: 10, maxLength: 200 } as const;

/** Throws `auth.password-weak` for what may not become a password. */
export function checkNewPassword(password: string, accountName: string): void {
  const { minLength, maxLength } = passwordLimits;
  const length = [...password].length;
  if (length >= minLength && length <= maxLength && !isGuessable(password, accountName)) return;
  throw new AppError('invalid', 'auth.password-weak', 'This password cannot be used.', {
    next: `Choose ${minLength} to ${maxLength} characters that are not the account's name and not one repeated.`,
  });
}

function isGuessable(password: string, accountName: string): boolean {
  const plain = password.toLowerCase();
  return plain === accountName.toLowerCase() || new Set(plain).size < 4;
}

/** Hashes a password into a PHC string. Throws `auth.sign-in-busy`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const tag = await turns(() =>
    hash('argon2id', { ...cost, message: password.normalize('NFKC'), nonce: salt }),
  );
  const { memory, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

/** Same work and time as a real check; its password is not known to anybody. */
const nobody = `$argon2id$v=19$m=19456,t=2,p=1$${base64(randomBytes(16))}$${base64(randomBytes(32))}`;

/**
 * True when the password belongs to the PHC string. `null` (no such account, or one without a password) costs the
 * same work, so that the time of the answer does not tell which names exist. Throws `auth.sign-in-busy`.
 */
export async function verifyPassword(password: string, phc: string | null): Promise<boolean> {
  const [, memory, passes, parallelism, salt, expected] = phcPattern.exec(phc ?? nobody) ?? [];
  if (salt === undefined || expected === undefined) {
    throw new Error('a stored password is not a PHC string of argon2id');
  }
  const wanted = Buffer.from(expected, 'base64');
  const tag = await turns(() =>
    hash('argon2id', {
      message: password.normalize('NFKC'),
      nonce: Buffer.from(salt, 'base64'),
      memory: Number(memory),
      passes: Number(passes),
      parallelism: Number(parallelism),
      tagLength: wanted.length,
    }),
  );
  return timingSafeEqual(tag, wanted) && phc !== null;
}

/** PHC strings use base64 without padding. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
