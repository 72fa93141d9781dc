import type { Audit } from '../core/audit/index.ts';
import { createAudit } from '../core/audit/index.ts';
import type { Actor } from '../core/auth/index.ts';
import type { Db } from '../core/db/index.ts';
import { installationOf, type OpenCore } from './open.ts';
import { commandLineActor, type InstallationFlags } from './open-auth.ts';

/** Runs `work` on the database of an installation in the name of the person at the keyboard. */
export async function withDatabase<T>(
  open: OpenCore,
  flags: InstallationFlags,
  work: (context: { db: Db; audit: Audit }, actor: Actor) => Promise<T>,
): Promise<T> {
  const { db, close } = await open(installationOf(flags));
  try {
    return await work({ db, audit: createAudit() }, commandLineActor());
  } finally {
    await close();
  }
}
