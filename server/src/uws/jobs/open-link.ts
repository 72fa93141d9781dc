import { findAccount } from '../../core/auth/index.ts';
import { linkClosed, sharingOff } from '../errors.ts';
import type { Service } from '../service.ts';

/**
 * Whether a link to a job, or to one of its files, still opens: links are stored nowhere, so each use asks whether
 * sharing is on and the account of the job's owner is open. Throws `uws.sharing-off`, `uws.link-closed`.
 */
export async function demandOpenLink(
  { core, settings }: Service,
  job: { ownerId: string | null },
): Promise<void> {
  if (settings.maxShareHours === 0) throw sharingOff();
  if (job.ownerId === null) return;
  const owner = await findAccount(core.db.sql, job.ownerId);
  if (owner !== null && owner.disabledAt !== null) throw linkClosed();
}
