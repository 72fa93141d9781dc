import type { Core } from '../../core/core.ts';
import type { Caller } from '../front/caller.ts';
import { findForeignSandbox, findOwnSandbox, insertSandbox, type Sandbox } from './cache.store.ts';
import { cacheName } from './cache-name.ts';

/**
 * Whether the caller has sent these contents in the last three days: `FOUND:<host>:<name>`, or `NOTFOUND`. The client
 * puts the port of its own cache address behind the host (panda-client 2.0.2), which is therefore a bare name.
 */
export async function findSandbox(
  core: Core,
  caller: Caller,
  sizeBytes: number,
  checksum: string,
): Promise<string> {
  const { accountId } = caller.identity;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || !isText(checksum)) return 'NOTFOUND';
  const number = /^\d{1,10}$/.test(checksum) ? Number(checksum) : null;
  const own =
    accountId === null || number === null
      ? null
      : await findOwnSandbox(core.db.sql, accountId, sizeBytes, number);
  if (own !== null) return `FOUND:${new URL(caller.publicBase).hostname}:${own}`;
  const foreign = await findForeignSandbox(core.db.sql, caller.name, sizeBytes, checksum);
  return foreign === null ? 'NOTFOUND' : `FOUND:${foreign.host}:${foreign.name}`;
}

/** Notes what a user has sent to the host that tells it: `OK`, or why not. */
export async function noteSandbox(
  core: Core,
  { address }: Caller,
  { owner, name: fileName, sizeBytes, checksum }: Omit<Sandbox, 'host'>,
): Promise<string> {
  const name = cacheName(fileName);
  const isGood =
    name !== null && sizeBytes >= 0 && [owner, checksum].every((text) => text !== '' && isText(text));
  if (!isGood) return 'ERROR: the user, the name, the size or the checksum is not possible';
  const isNew = await insertSandbox(core.db.sql, { host: address, name, owner, sizeBytes, checksum });
  return isNew ? 'OK' : 'WARNING: file exist';
}

/** What PostgreSQL can keep and compare. */
function isText(text: string): boolean {
  return text.length <= 200 && !text.includes('\0') && text.isWellFormed();
}
