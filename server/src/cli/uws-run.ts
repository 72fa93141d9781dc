import type { UwsDefinition, UwsJob, UwsJobCreate } from '@orrery/contracts/uws';
import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../core/auth/index.ts';
import { CommandFailure } from './failure.ts';
import { exitCodeOf, followPhases, onInterrupt, phasePrinter } from './follow-job.ts';
import { type LocalFile, lookAtFile, multipartBody } from './multipart-body.ts';
import { formatBytes } from './progress.ts';
import { type Call, connectRemote, type Remote, withServer } from './remote.ts';
import type { ServerFlags } from './server-address.ts';
import { transferProgress } from './terminal-progress.ts';

type Pair = readonly [name: string, value: string];

interface RunFlags extends ServerFlags {
  parameter?: Pair[];
  file?: Pair[];
  runId?: string;
  duration?: number;
  keep?: number;
  wait?: boolean;
  run: boolean;
}

/** `orrery uws run NAME`: makes a job and starts it; the only line on standard output is its id. */
export function registerRun(uws: Command): void {
  withServer(uws.command('run'))
    .description('Make a job, start it, and print its id, and nothing else, on standard output.')
    .argument('<name>', 'the definition, as "GET /api/uws/definitions" lists them')
    .option('-p, --parameter <name=value>', 'a parameter; may be repeated', readPair)
    .option('-f, --file <name=file>', 'a file parameter, sent from this machine; may be repeated', readPair)
    .option('--run-id <text>', 'a label of your own')
    .option('--duration <time>', 'how long it may run: seconds, or 90s, 10m, 2h; 0 = unlimited', readSeconds)
    .option('--keep <time>', 'how long job and results are kept, for example 12h or 7d', readKeep)
    .option('--wait', 'stay until the job ends; exit code 0 only when it is COMPLETED')
    .option('--no-run', 'leave it PENDING, so that it can still be changed')
    .action(runJob);
}

function readPair(text: string, before: Pair[] = []): Pair[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write NAME=VALUE.');
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

function readKeep(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw new InvalidArgumentError('Write a number and a unit, for example 12h or 7d; ten years at most.');
  }
}

function readSeconds(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : readKeep(text) / 1000;
}

async function runJob(definition: string, flags: RunFlags): Promise<void> {
  if (flags.wait === true && !flags.run) {
    throw new CommandFailure('usage', '--wait and --no-run exclude each other.', 'Leave one of them out.');
  }
  const files: LocalFile[] = [];
  for (const [name, file] of flags.file ?? []) files.push(await lookAtFile(name, file));
  const remote = await connectRemote(flags);
  if (files.length > 0) await assertTaken(remote, definition, files);
  const { id } = await createJob(remote, wishOf(definition, flags), files);
  process.stdout.write(`${id}\n`);
  if (flags.wait !== true) return;
  onInterrupt(`The job goes on: orrery uws watch ${id}\n`);
  const print = phasePrinter();
  for await (const job of followPhases(remote, id)) {
    print(job);
    process.exitCode = exitCodeOf(job);
  }
}

function wishOf(definition: string, flags: RunFlags): UwsJobCreate {
  const { parameter = [], runId, duration, keep, run } = flags;
  const values = new Map<string, string[]>();
  for (const [name, value] of parameter) values.set(name, [...(values.get(name) ?? []), value]);
  const parameters = Object.fromEntries(
    [...values].map(([name, list]): [string, string | string[]] => [
      name,
      list.length === 1 ? list.join() : list,
    ]),
  );
  return {
    definition,
    parameters,
    run,
    ...(runId === undefined ? {} : { runId }),
    ...(duration === undefined ? {} : { executionDuration: duration }),
    ...(keep === undefined ? {} : { destruction: new Date(Date.now() + keep).toISOString() }),
  };
}

/** Refuses, before gigabytes are sent, what the definition does not take. */
async function assertTaken(remote: Remote, name: string, files: readonly LocalFile[]): Promise<void> {
  const { parameters, maxUploadBytes } = await remote.json<UwsDefinition>(
    'GET',
    `/api/uws/definitions/${encodeURIComponent(name)}`,
  );
  for (const { name: given, file, sizeBytes } of files) {
    const parameter = parameters.find((each) => each.name === given);
    if (parameter?.type !== 'file') {
      const taken = parameters.filter(({ type }) => type === 'file').map((each) => each.name);
      throw new CommandFailure(
        'refused',
        `${name} has no file parameter "${given}".`,
        taken.length === 0 ? 'It takes no files; give values with -p.' : `It has: ${taken.join(', ')}.`,
      );
    }
    if (sizeBytes > maxUploadBytes) {
      throw new CommandFailure(
        'refused',
        `${file} has ${formatBytes(sizeBytes)}; ${name} takes files of at most ${formatBytes(maxUploadBytes)}.`,
        'Send a smaller file, or ask the operator for more (uws.maxUploadMb).',
      );
    }
  }
}

/** A server may take long to look at a large upload after its last byte. */
const uploadSilenceMs = 300_000;

async function createJob(remote: Remote, wish: UwsJobCreate, files: readonly LocalFile[]): Promise<UwsJob> {
  if (files.length === 0) return await remote.json('POST', '/api/uws/jobs', { json: wish });
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const progress = transferProgress(files.map(({ name }) => name).join(', '), totalBytes);
  const field = { name: 'job', text: JSON.stringify(wish) };
  const { contentType, length, chunks } = multipartBody(field, files, (bytes) =>
    progress.at(Math.min(bytes, totalBytes)),
  );
  const call: Call = {
    headers: { 'content-type': contentType },
    body: { length, chunks },
    silenceMs: uploadSilenceMs,
  };
  try {
    return await remote.json('POST', '/api/uws/jobs', call);
  } finally {
    progress.end();
  }
}
