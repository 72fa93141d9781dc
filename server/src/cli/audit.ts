import type { Command } from 'commander';
import { chainAudit, verifyAudit } from '../core/audit/index.ts';
import { installationOf, type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';

/** `orrery audit verify`: is the trail what was written? */
export function register(program: Command, open: OpenCore): void {
  const audit = program.command('audit').description('The trail of human and administrative changes.');
  withInstallation(audit.command('verify'))
    .description('Say up to where the trail is proven; exit code 1 when it was changed.')
    .action((flags: InstallationFlags) => verify(open, flags));
}

async function verify(open: OpenCore, flags: InstallationFlags): Promise<void> {
  const { db, close } = await open(installationOf(flags));
  try {
    await chainAudit(db);
    const proof = await verifyAudit(db.sql);
    const last = proof.lastProven;
    const upTo = last === null ? '' : `, up to number ${last.auditId} of ${last.at.toISOString()}`;
    process.stdout.write(`${proof.proven} entries are proven${upTo}.\nHead ${proof.head}\n`);
    if (proof.broken === null) return;
    process.stdout.write(`Broken at number ${proof.broken.auditId}: ${proof.broken.why}.\n`);
    process.exitCode = 1;
  } finally {
    await close();
  }
}
