import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../errors.ts';
import { shortId } from '../ids.ts';

/** Closes and opens secrets at rest. The key never enters the database and is not part of a backup. */
export interface SecretKey {
  seal(plain: Uint8Array): Buffer;
  /** Throws `auth.secret-key-wrong` when it was sealed under another key or changed. */
  open(sealed: Uint8Array): Buffer;
  /** A key of its own for another purpose, 32 bytes; the same on every process that has this one. */
  derive(purpose: string): Buffer;
}

const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM under 32 bytes: nonce, ciphertext, tag. */
export function createSecretKey(key: Buffer): SecretKey {
  return {
    derive: (purpose) => Buffer.from(hkdfSync('sha256', key, '', purpose, 32)),
    seal(plain) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), {
          authTagLength: tagBytes,
        });
        decipher.setAuthTag(sealed.subarray(-tagBytes));
        return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
      } catch (cause) {
        throw new AppError(
          'internal',
          'auth.secret-key-wrong',
          'A stored secret does not open with this key.',
          {
            next: 'Put the file secret.key that belongs to this database into the data folder, or set ORRERY_SECRET_KEY.',
            cause,
          },
        );
      }
    },
  };
}

export interface SecretKeyPlace {
  /** The data folder, where `secret.key` lives. */
  data: string;
  /** 64 hex digits from the settings; then no file is read or made. */
  secretKey?: string;
}

/** Takes the key from the settings, else from `secret.key` in the data folder, which is made at first use (0600). */
export async function loadSecretKey(place: SecretKeyPlace): Promise<SecretKey> {
  if (place.secretKey !== undefined)
    return createSecretKey(readKey(place.secretKey, 'The setting secretKey'));
  const file = path.join(place.data, 'secret.key');
  const known = await readIfThere(file);
  return createSecretKey(readKey(known ?? (await makeKeyFile(file)), file));
}

function readKey(text: string, where: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(text.trim())) return Buffer.from(text.trim(), 'hex');
  throw new AppError('invalid', 'auth.secret-key-invalid', `${where} is not 64 hex digits.`, {
    next: 'Make one with "openssl rand -hex 32", or put back the one this database was made with.',
  });
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Written beside and linked into place: of processes that start together one wins, and all read the same key. */
async function makeKeyFile(file: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${shortId()}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(32).toString('hex')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(file, 'utf8');
}
