import { createHash } from 'node:crypto';
import type { Core } from '../../core/core.ts';
import { unguessableId } from '../../core/ids.ts';
import { perCore } from '../per-core.ts';

/** A process hands out one key for this long: many ask, and each key is a row. */
const sameKeyMs = 3_600_000;

const madeBy = perCore(() => new Map<string, { key: Promise<string>; atMs: number }>());

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();

/** A key of the client, at most an hour old. */
export async function tokenKey(
  core: Core,
  client: string,
  accountId: number,
  lifetimeHours: number,
): Promise<string> {
  const made = madeBy(core);
  const known = made.get(client);
  if (known !== undefined && performance.now() - known.atMs < sameKeyMs) return await known.key;
  const key = makeKey(core, client, accountId, lifetimeHours);
  made.set(client, { key, atMs: performance.now() });
  key.catch(() => made.delete(client));
  return await key;
}

async function makeKey(
  core: Core,
  client: string,
  accountId: number,
  lifetimeHours: number,
): Promise<string> {
  const key = unguessableId(32);
  await core.db.sql`
    insert into panda.token_key (key_hash, client_name, account_id, expires_at)
    values (${hashOf(key)}, ${client}, ${accountId}, clock_timestamp() + make_interval(hours => ${lifetimeHours}))`;
  return key;
}

/** Whether the key was made for the client and has not expired. */
export async function isTokenKey(core: Core, client: string, key: string): Promise<boolean> {
  const rows = await core.db.sql`
    select from panda.token_key
    where key_hash = ${hashOf(key)} and client_name = ${client} and expires_at > clock_timestamp()`;
  return rows.length === 1;
}
