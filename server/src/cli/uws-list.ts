import { type UwsJobPage, type UwsJobRow, uwsPhases } from '@orrery/contracts/uws';
import { type Command, InvalidArgumentError } from 'commander';
import { parseInstant } from '../uws/instants.ts';
import { formatColumns } from './columns.ts';
import { printable } from './job-address.ts';
import { connectRemote, type Remote, withServer } from './remote.ts';
import type { ServerFlags } from './server-address.ts';

interface ListFlags extends ServerFlags {
  definition?: string;
  phase?: string[];
  after?: Date;
  last?: number;
  runId?: string;
  json?: boolean;
}

const usualRows = 100;
/** The most the server gives at once. */
const pageRows = 500;

/** `orrery uws list`: one's jobs, newest first. */
export function registerList(uws: Command): void {
  withServer(uws.command('list'))
    .description('List jobs, newest first; without --phase those that are not archived.')
    .option('--definition <name>', 'of this definition only')
    .option('--phase <phase>', 'in this phase; may be repeated', readPhase)
    .option('--after <time>', 'made after this moment, for example 2031-01-01T10:00:00Z', readTime)
    .option('--run-id <text>', 'whose run id holds this text')
    .option('--last <number>', `how many (default ${usualRows})`, readNumber)
    .option('--json', 'print a JSON array of the rows as the API gives them')
    .action(printList);
}

function readPhase(text: string, before: string[] = []): string[] {
  const phase = text.toUpperCase();
  if (uwsPhases.some((each) => each === phase)) return [...before, phase];
  throw new InvalidArgumentError(`One of ${uwsPhases.join(', ')} is wanted.`);
}

function readTime(text: string): Date {
  const time = parseInstant(text);
  if (time !== null) return time;
  throw new InvalidArgumentError('Write a moment like 2031-01-01T10:00:00Z; without a zone it is UTC.');
}

function readNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number from 1 on is wanted.');
}

async function printList(flags: ListFlags): Promise<void> {
  const remote = await connectRemote(flags);
  const { rows, hasMore } = await readRows(remote, flags, flags.last ?? usualRows);
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  process.stdout.write(
    formatColumns(
      ['ID', 'DEFINITION', 'PHASE', 'CREATED', 'SECONDS', 'OWNER', 'RUN ID', 'ERROR'],
      rows.map((row) => [
        row.id,
        row.definition,
        row.phase,
        row.createdAt.replace(/\.\d+Z$/, 'Z'),
        secondsOf(row),
        row.owner === null ? null : printable(row.owner, 40),
        row.runId === null ? null : printable(row.runId, 40),
        row.error === null ? null : printable(row.error, 100),
      ]),
    ),
  );
  if (hasMore && flags.last === undefined) {
    process.stderr.write(`These are the newest ${usualRows}; --last NUMBER shows more.\n`);
  }
}

/** From the start to the end of a job that has ended. */
function secondsOf({ startedAt, endedAt }: UwsJobRow): string | null {
  if (startedAt === null || endedAt === null) return null;
  return ((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1);
}

async function readRows(
  remote: Remote,
  { definition, phase = [], after, runId }: ListFlags,
  wanted: number,
): Promise<{ rows: UwsJobRow[]; hasMore: boolean }> {
  const filter: Array<[string, string]> = phase.map((each) => ['phase', each]);
  if (definition !== undefined) filter.push(['definition', definition]);
  if (after !== undefined) filter.push(['createdAfter', after.toISOString()]);
  if (runId !== undefined) filter.push(['runId', runId]);
  const rows: UwsJobRow[] = [];
  let cursor: string | null = null;
  do {
    const limit = String(Math.min(wanted - rows.length, pageRows));
    const page: UwsJobPage = await remote.json('GET', '/api/uws/jobs', {
      query: [...filter, ['limit', limit], ...(cursor === null ? [] : [['cursor', cursor] as const])],
    });
    rows.push(...page.rows);
    cursor = page.older;
  } while (cursor !== null && rows.length < wanted);
  return { rows, hasMore: cursor !== null };
}
