import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import type { Sql } from '../db/index.ts';
import { AppError } from '../errors.ts';
import { shortId } from '../ids.ts';
import type { AuthContext } from './context.ts';

export interface SigningKey {
  keyId: string;
  privateKey: KeyObject;
}

/** Keeps processes that make the first key together apart; the number only has to stay the same. */
const signingKeyLock = 4_720_116;

/** The newest key that is in use; the first one is made here, its private part sealed under the secret key. */
export async function getSigningKey(context: AuthContext): Promise<SigningKey> {
  const secret = await context.secret();
  const row = await context.db.transaction(async (tx) => {
    await tx`select pg_advisory_xact_lock(${signingKeyLock})`;
    return (await findNewestKey(tx)) ?? (await insertKey(tx, (plain) => secret.seal(plain)));
  });
  const privateKey = createPrivateKey({ key: secret.open(row.privateKey), format: 'der', type: 'pkcs8' });
  return { keyId: row.keyId, privateKey };
}

interface KeyRow {
  keyId: string;
  privateKey: Uint8Array;
}

async function findNewestKey(sql: Sql): Promise<KeyRow | undefined> {
  const [row] = await sql<KeyRow[]>`
    select key_id, private_key from core.signing_key
    where retired_at is null order by created_at desc, key_id limit 1`;
  return row;
}

async function insertKey(sql: Sql, seal: (plain: Buffer) => Buffer): Promise<KeyRow> {
  const pair = generateKeyPairSync('ed25519');
  const row = {
    keyId: shortId(),
    privateKey: seal(pair.privateKey.export({ format: 'der', type: 'pkcs8' })),
  };
  const publicKey = JSON.stringify(pair.publicKey.export({ format: 'jwk' }));
  await sql`
    insert into core.signing_key (key_id, algorithm, public_key, private_key)
    values (${row.keyId}, 'EdDSA', ${publicKey}::text::jsonb, ${row.privateKey})`;
  return row;
}

/** Looks up public keys by their id. Keys never change, so those found are kept for the life of the process. */
export function createPublicKeys(sql: Sql): (keyId: string) => Promise<KeyObject | null> {
  const known = new Map<string, KeyObject>();
  return async function findPublicKey(keyId) {
    const kept = known.get(keyId);
    if (kept !== undefined) return kept;
    const [row] = await sql<{ publicKey: JsonWebKey }[]>`
      select public_key from core.signing_key where key_id = ${keyId}`;
    if (row === undefined) return null;
    const key = createPublicKey({ key: row.publicKey, format: 'jwk' });
    known.set(keyId, key);
    return key;
  };
}

/** Thrown for a token whose key is not, or no longer, ours. */
export function tokenForeign(): AppError {
  return new AppError('unauthenticated', 'auth.token-foreign', 'This token was not made by this server.', {
    next: 'Make one with "orrery token create" or on your account page.',
  });
}
