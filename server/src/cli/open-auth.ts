import { userInfo } from 'node:os';
import { createAudit } from '../core/audit/index.ts';
import { type Actor, type AuthContext, createAuthContext, seedAdmin } from '../core/auth/index.ts';
import { installationOf, type OpenCore } from './open.ts';

/** Which installation, as `withInstallation` reads it. */
export interface InstallationFlags {
  data?: string;
  config?: string;
}

/** The person at the keyboard, as the audit trail names them. */
export function commandLineActor(): Actor {
  try {
    return { name: `cli:${userInfo().username}` };
  } catch {
    // A user id without an entry in the system's list of users, as in some containers.
    return { name: `cli:${process.getuid?.() ?? 'unknown'}` };
  }
}

/**
 * Runs `work` on the accounts of an installation and closes the database afterwards. On a database that no server
 * has used yet the administrator is made first, so that commands may come before the first start.
 */
export async function withAuth<T>(
  open: OpenCore,
  flags: InstallationFlags,
  work: (context: AuthContext, actor: Actor) => Promise<T>,
): Promise<T> {
  const { db, config, close } = await open(installationOf(flags));
  try {
    const context = createAuthContext({ db, audit: createAudit(), config });
    const { password } = await seedAdmin(context, config.admin);
    if (password !== undefined) {
      process.stderr.write('The first password of admin is in the file admin-password of the data folder.\n');
    }
    return await work(context, commandLineActor());
  } finally {
    await close();
  }
}
