import { setTimeout as sleep } from 'node:timers/promises';
import type { CrdsAffectedDetails, CrdsAffectedWish } from '@orrery/contracts/crds';
import { type Command, InvalidArgumentError } from 'commander';
import { formatColumns } from './columns.ts';
import { CommandFailure } from './failure.ts';
import { connectRemote, type Remote, withServer } from './remote.ts';
import type { ServerFlags } from './server-address.ts';

interface AffectedFlags extends ServerFlags {
  observatory: string;
  since?: string;
  wait?: true;
  json?: true;
}

const askEveryMs = 500;

/** `orrery crds affected OLD NEW`: asks a server, whose workers do it. */
export function registerAffected(crds: Command): void {
  withServer(crds.command('affected'))
    .description('Find the datasets that get other files from the context NEW than from OLD.')
    .argument('<old>', 'context: hst_0298.pmap, hst-latest, hst-2014-11-30')
    .argument('<new>', 'context')
    .requiredOption('--observatory <name>', 'whose datasets: hst')
    .option(
      '--since <date>',
      'only exposures since then (default: what the changed rules make possible)',
      readDate,
    )
    .option('--wait', 'wait for the end and print what was found; exit code 1 when it failed')
    .option('--json', 'print the comparison as JSON')
    .action(findAffected);
}

function readDate(text: string): string {
  const date = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError('Write a date like 2031-01-01.');
  return date.toISOString();
}

async function findAffected(old: string, current: string, flags: AffectedFlags): Promise<void> {
  const remote = await connectRemote(flags);
  const path = `/api/crds/observatories/${encodeURIComponent(flags.observatory)}/affected`;
  const wish: CrdsAffectedWish = {
    old,
    new: current,
    ...(flags.since === undefined ? {} : { since: flags.since }),
  };
  const started = await remote.json<CrdsAffectedDetails>('POST', path, { json: wish });
  const run = flags.wait === true ? await waitFor(remote, `${path}/${started.id}`, started) : started;
  process.stdout.write(flags.json === true ? `${JSON.stringify(run, null, 2)}\n` : summaryOf(run));
  if (run.state === 'failed' || run.state === 'cancelled') {
    throw new CommandFailure('failed', `The comparison ${run.id} is ${run.state}: ${run.message}`);
  }
}

async function waitFor(
  remote: Remote,
  path: string,
  started: CrdsAffectedDetails,
): Promise<CrdsAffectedDetails> {
  const isShown = process.stderr.isTTY === true;
  let run = started;
  while (run.endedAt === null) {
    if (isShown) process.stderr.write(`\r\u001b[K${progressOf(run)}`);
    await sleep(askEveryMs);
    run = await remote.json<CrdsAffectedDetails>('GET', path);
  }
  if (isShown) process.stderr.write('\r\u001b[K');
  return run;
}

function progressOf({ looked, total, affected, expectedAt }: CrdsAffectedDetails): string {
  const until = expectedAt === null ? '' : `, until ${expectedAt.slice(11, 19)} UTC`;
  return `${looked} of ${total ?? '?'} datasets, ${affected} affected${until}`;
}

function summaryOf(run: CrdsAffectedDetails): string {
  const line = `comparison ${run.id}: ${run.old} --> ${run.new}, ${run.state}\n`;
  if (run.state !== 'done') return line;
  const found = `${run.affected} of ${run.looked} datasets affected, ${run.products} products, ${run.errors} errors\n`;
  const types = run.types.filter(({ affected }) => affected > 0).sort((a, b) => b.affected - a.affected);
  if (types.length === 0) return line + found;
  const rows = types.map(({ instrument, type, affected, since }) => [
    instrument,
    type,
    String(affected),
    since,
  ]);
  return line + found + formatColumns(['INSTRUMENT', 'TYPE', 'AFFECTED', 'RULES SINCE'], rows);
}
