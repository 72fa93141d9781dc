import type { Command } from 'commander';
import type { Core } from '../core/core.ts';
import { CommandFailure } from './failure.ts';
import { printable } from './job-address.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { untilInterrupted, withCrds } from './open-crds.ts';
import { formatBytes } from './progress.ts';

interface VerifyFlags extends InstallationFlags {
  observatory?: string;
  full?: true;
  mend?: true;
}

/** `orrery crds verify`: is every file there and sound, proven when. */
export function registerVerify(crds: Command, open: OpenCore): void {
  withInstallation(crds.command('verify'))
    .description(
      'Check that all files are there; say which are proven sound, since when, and what mends the others.',
    )
    .option('--observatory <name>', 'only this one')
    .option('--full', 'read every file and compare its sums')
    .option('--mend', 'fetch what is damaged or missing from the upstream server again')
    .action((flags: VerifyFlags) => verify(open, flags));
}

async function verify(open: OpenCore, flags: VerifyFlags): Promise<void> {
  const wrong = await untilInterrupted((signal) =>
    withCrds(open, flags, async (core) => {
      const { observatoryOf, listObservatories } = await import('../crds/observatory/observatory.ts');
      const wanted =
        flags.observatory === undefined
          ? await listObservatories(core.db.sql)
          : [await observatoryOf(core, flags.observatory)];
      let problems = 0;
      for (const { observatory } of wanted) problems += await verifyOne(core, observatory, flags, signal);
      return problems;
    }),
  );
  if (wrong > 0)
    throw new CommandFailure('failed', `${wrong} ${wrong === 1 ? 'file is' : 'files are'} not sound.`);
}

async function verifyOne(
  core: Core,
  observatory: string,
  { full = false, mend = false }: { full?: boolean; mend?: boolean },
  signal: AbortSignal,
): Promise<number> {
  const { verifyAll } = await import('../crds/scrub/verify.ts');
  const progress = lineOnTerminal(`${observatory}: `);
  let files = 0;
  let bytes = 0;
  await verifyAll(core, observatory, {
    full,
    signal,
    onChecked(checked) {
      files++;
      bytes += checked.bytes;
      progress.show(`${files} files, ${formatBytes(bytes)}`);
    },
  });
  progress.end();
  if (mend) await mendAll(core, observatory, signal);
  return await printState(core, observatory);
}

async function mendAll(core: Core, observatory: string, signal: AbortSignal): Promise<void> {
  const { mendFiles } = await import('../crds/scrub/mend.ts');
  const { mended, failed } = await mendFiles(core, observatory, signal);
  for (const name of mended) process.stdout.write(`${observatory} ${name} fetched again\n`);
  for (const { name, why } of failed) process.stderr.write(`${observatory} ${name}: ${why}\n`);
}

/** Prints what is wrong and the summary; returns how many files are wrong. */
async function printState(core: Core, observatory: string): Promise<number> {
  const { scrubSummary, wrongFiles } = await import('../crds/scrub/summary.ts');
  const { observatoryOf } = await import('../crds/observatory/observatory.ts');
  const { settings } = await observatoryOf(core, observatory);
  const hasUpstream = settings.mirror.upstream !== '';
  for (let after = ''; ; ) {
    const page = await wrongFiles(core.db.sql, observatory, { after, limit: 500, hasUpstream });
    if (page.length === 0) break;
    after = page.at(-1)?.name ?? '';
    for (const { name, result, found, next } of page) {
      process.stdout.write(`${observatory} ${name} ${result}: ${found}. ${next}\n`);
    }
  }
  await printFaults(core, observatory);
  await printOrphans(core, observatory);
  const { message, problems, absent, upstream } = await scrubSummary(core.db.sql, observatory);
  const elsewhere = [
    absent > 0 && `${absent} known by name only`,
    upstream > 0 && `${upstream} with the upstream server only`,
  ].filter((part) => part !== false);
  const tail = elsewhere.length === 0 ? '' : ` Besides: ${elsewhere.join(', ')}.`;
  process.stdout.write(`${observatory}: ${message}${tail}\n`);
  return problems;
}

/** Mappings that are sound, as far as their bytes go, and whose rules nobody can use. */
async function printFaults(core: Core, observatory: string): Promise<void> {
  const { faultyFiles } = await import('../crds/catalogue/proof.store.ts');
  for (const { name, fault } of await faultyFiles(core.db.sql, observatory)) {
    process.stdout.write(`${observatory} ${name} cannot be used: ${name}:${printable(fault, 1000)}\n`);
  }
}

/** Files that lie where they are not known, as the running server saw them last. */
async function printOrphans(core: Core, observatory: string): Promise<void> {
  const { listOrphans } = await import('../crds/scrub/orphans.ts');
  for (let after = ''; ; ) {
    const page = await listOrphans(core.db.sql, observatory, { after, limit: 500 });
    if (page.length === 0) return;
    after = page.at(-1)?.path ?? '';
    for (const { path } of page) {
      process.stdout.write(
        `${observatory} ${printable(path, 1000)}: the catalogue does not know this file\n`,
      );
    }
  }
}

function lineOnTerminal(prefix: string): { show(text: string): void; end(): void } {
  const isTerminal = process.stderr.isTTY === true;
  let shownAt = 0;
  return {
    show(text) {
      if (!isTerminal || performance.now() - shownAt < 200) return;
      shownAt = performance.now();
      process.stderr.write(`\r\u001b[K${prefix}${text}`);
    },
    end() {
      if (isTerminal) process.stderr.write('\r\u001b[K');
    },
  };
}
