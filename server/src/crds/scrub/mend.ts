import type { Core } from '../../core/core.ts';
import { messageOf } from '../../core/errors.ts';
import { fetchFile } from '../mirror/index.ts';
import { lockObservatory } from '../observatory/lock-observatory.ts';
import { observatoryOf } from '../observatory/observatory.ts';
import { wrongFiles } from './summary.ts';

export interface Mended {
  mended: string[];
  /** Files that could not be had, and why. */
  failed: Array<{ name: string; why: string }>;
}

/**
 * Fetches references that were found damaged or missing from the upstream server again; it must be set. A file that
 * cannot be had now stays with the upstream server, and is fetched when somebody asks for it.
 */
export async function mendFiles(core: Core, observatory: string, signal?: AbortSignal): Promise<Mended> {
  const { settings } = await observatoryOf(core, observatory);
  const result: Mended = { mended: [], failed: [] };
  if (settings.mirror.upstream === '') return result;
  for (let after = ''; ; ) {
    const wrong = await wrongFiles(core.db.sql, observatory, { after, limit: 100, hasUpstream: true });
    if (wrong.length === 0) return result;
    after = wrong.at(-1)?.name ?? '';
    for (const { name } of wrong) {
      signal?.throwIfAborted();
      if (!(await giveBack(core, observatory, name))) continue;
      try {
        await fetchFile(core, observatory, name);
        result.mended.push(name);
      } catch (error) {
        result.failed.push({ name, why: messageOf(error) });
      }
    }
  }
}

/** From now on only the upstream server has the file; what was proven of the lost bytes means nothing. */
async function giveBack(core: Core, observatory: string, name: string): Promise<boolean> {
  return await core.db.transaction(async (tx) => {
    await lockObservatory(tx, observatory);
    const { count } = await tx`
      update crds.file f set place = 'upstream', linked_path = null
      from crds.file_proof p
      where f.observatory = ${observatory} and f.name = ${name} and f.kind = 'reference'
        and p.observatory = f.observatory and p.name = f.name and p.result <> 'sound'`;
    if (count === 1)
      await tx`delete from crds.file_proof where observatory = ${observatory} and name = ${name}`;
    return count === 1;
  });
}
