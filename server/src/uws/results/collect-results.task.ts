import { Readable } from 'node:stream';
import Type from 'typebox';
import type { LogStream, RunFolder } from '../../core/compute/index.ts';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import { defineTask } from '../../core/queue/index.ts';
import type { Definition, ResultPattern } from '../definitions/definition.ts';
import type { Ending, Job, JobResult } from '../jobs/job.ts';
import { changePhase, findJob, jobTopic, lockJob, updateJob } from '../jobs/jobs.store.ts';
import { resultFile } from '../run/parameters-sh.ts';
import { serviceOf } from '../service.ts';
import { lastLineOf } from './log.ts';
import { mediaTypeOf } from './media-types.ts';
import { globTest, isGlob } from './patterns.ts';
import { replaceResults } from './results.store.ts';

/** More files than this in one job are a mistake of its script. */
const maxResults = 1000;
const attempts = 10;
const logPartBytes = 262_144;
/** Of each of the two logs. */
const maxLogBytes = 64 * 1024 * 1024;

/**
 * Stores what a run left behind and then makes the job final. Running it twice stores the same bytes under the
 * same names and changes nothing else.
 */
export const collectResultsTask = defineTask({
  name: 'uws.collect-results',
  payload: Type.Object({ jobId: Type.String(), runId: Type.String() }),
  retry: { attempts, firstDelaySeconds: 1, factor: 3, maxDelaySeconds: 600 },
  concurrency: 4,
  maxSeconds: 900,
  async run({ core, payload: { jobId, runId }, attempt, signal, hold }) {
    try {
      await collect(core, jobId, runId, signal, hold);
    } catch (error) {
      if (attempt < attempts || signal.aborted) throw error;
      const message = `Its results could not be stored: ${messageOf(error)}`;
      await core.db.transaction(async (tx) => {
        await hold(tx);
        await giveUpResults(core, tx, jobId, message);
      });
      // The task stays to be seen, and can be run again for the results; the job's phase is final.
      throw error;
    }
  },
});

/** Ends a job whose run is over and whose results nobody could store. */
export async function giveUpResults(core: Core, tx: Tx, jobId: string, message: string): Promise<void> {
  const job = await lockJob(tx, jobId);
  if (job === null || job.ending === null) return;
  const change = { to: 'ERROR', who: 'server', why: message, at: core.clock.now() } as const;
  await changePhase(tx, jobId, { ...change, error: { type: 'fatal', message, detail: job.ending.why } });
  core.db.afterCommit(tx, core.events.committed);
}

/** Is there something of this run that the job still wants? */
function wantsResults(job: Job | null, runId: string): job is Job {
  return job !== null && job.phase !== 'ARCHIVED' && job.computeRunId === runId;
}

async function collect(
  core: Core,
  jobId: string,
  runId: string,
  signal: AbortSignal,
  hold: (tx: Tx) => Promise<void>,
): Promise<void> {
  const job = await findJob(core.db.sql, jobId);
  if (wantsResults(job, runId)) {
    const { content } = await serviceOf(core).catalog.byId(job.definitionId);
    const { results, fault } = await storeResults(core, job, content, runId, signal);
    const stderr = await lastLine(core, runId);
    await core.db.transaction(async (tx) => {
      await hold(tx);
      const locked = await lockJob(tx, jobId);
      if (!wantsResults(locked, runId)) return;
      await replaceResults(tx, jobId, results);
      for (const { hash, name } of results) {
        await core.files.reference(tx, hash, 'result', {
          kind: jobTopic,
          id: jobId,
          name: `result/${name}`,
        });
      }
      if (locked.ending === null) {
        // Aborted by its owner while it ran: the phase stands, what was made so far is kept.
        await core.events.publish(tx, jobTopic, jobId, eventData(locked));
      } else {
        const ending = judge(locked.ending, content, results, stderr, fault);
        const change = {
          to: ending.phase,
          who: 'executor',
          why: ending.why,
          at: core.clock.now(),
        } as const;
        if (!(await changePhase(tx, jobId, { ...change, error: ending.error })))
          throw new Error(`a job that is ${locked.phase} does not become ${ending.phase}`);
        core.db.afterCommit(tx, core.events.committed);
      }
      await updateJob(tx, jobId, { computeRunId: null });
    });
  }
  await core.compute.remove(runId);
}

function eventData(job: Job) {
  return { definition: job.definition, phase: job.phase, ownerId: job.ownerId };
}

/**
 * The sentence of a failed script is the last line it wrote to stderr; a missing result is a failure as well, and so
 * are results that could not be kept (`fault`).
 */
export function judge(
  ending: Ending,
  definition: Definition,
  results: readonly JobResult[],
  stderr: string,
  fault: string | null = null,
): Ending {
  if (ending.phase === 'ERROR' && ending.error !== null && stderr !== '') {
    const isExit = ending.why.startsWith('The run ended with exit code');
    const message = isExit ? stderr : ending.error.message;
    return { ...ending, error: { ...ending.error, message, detail: isExit ? ending.why : stderr } };
  }
  if (ending.phase !== 'COMPLETED') return ending;
  if (fault !== null) return failedBy(ending, fault);
  const missing = (definition.results ?? []).filter(
    (pattern) => pattern.required === true && !results.some((result) => belongsTo(result, pattern)),
  );
  const [first] = missing;
  if (first === undefined) return ending;
  return failedBy(ending, `The run ended well but made no ${first.file} (result ${first.name}).`);
}

function failedBy(ending: Ending, message: string): Ending {
  return { ...ending, phase: 'ERROR', why: message, error: { type: 'fatal', message, detail: null } };
}

function belongsTo(result: JobResult, pattern: ResultPattern): boolean {
  return result.name === pattern.name || (isGlob(pattern.file) && globTest(pattern.file)(result.fileName));
}

interface Stored {
  results: JobResult[];
  /** Why the files of the run were not kept; null = they were. */
  fault: string | null;
}

async function storeResults(
  core: Core,
  job: Job,
  definition: Definition,
  runId: string,
  signal: AbortSignal,
): Promise<Stored> {
  const { files, fault } = await storeFiles(core, job, definition, runId, signal);
  return { results: [...files, ...(await storeLogs(core, runId, signal))], fault };
}

async function storeFiles(
  core: Core,
  job: Job,
  definition: Definition,
  runId: string,
  signal: AbortSignal,
): Promise<{ files: JobResult[]; fault: string | null }> {
  const folder = await openFolder(core, runId);
  if (folder === null) return { files: [], fault: null };
  const listed = await listFolder(folder);
  if (typeof listed === 'string') return { files: [], fault: listed };
  const sizes = new Map(listed.map((file) => [file.path, file.sizeBytes]));
  const chosen = chooseFiles(listed, job, definition);
  const total = chosen.reduce((sum, { path }) => sum + (sizes.get(path) ?? 0), 0);
  const { outputMb } = serviceOf(core).settings;
  // A sparse file takes no room while the job runs, and all of its length here.
  if (total > outputMb * 1_048_576) {
    return { files: [], fault: `The results have ${total} bytes; a job may write ${outputMb} MB.` };
  }
  const files: JobResult[] = [];
  for (const { name, path, mediaType } of chosen) {
    const source = await folder.open(path);
    const { sha256, sizeBytes } = await core.files.put(source, { namespace: 'result', signal });
    files.push({ name, fileName: path, mediaType, sizeBytes, hash: sha256 });
  }
  return { files, fault: null };
}

/** The files of a run, or the sentence that says why they are too many: trying again would not help. */
export async function listFolder(
  folder: Pick<RunFolder, 'list'>,
): Promise<Awaited<ReturnType<RunFolder['list']>> | string> {
  try {
    return await folder.list();
  } catch (error) {
    if (error instanceof AppError && error.kind === 'too-large') return error.message;
    throw error;
  }
}

async function storeLogs(core: Core, runId: string, signal: AbortSignal): Promise<JobResult[]> {
  const logs: JobResult[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    const source = Readable.from(readWholeLog(core, runId, name), { objectMode: false });
    const { sha256, sizeBytes } = await core.files.put(source, { namespace: 'result', signal });
    logs.push({ name, fileName: `${name}.txt`, mediaType: 'text/plain', sizeBytes, hash: sha256 });
  }
  return logs;
}

/** Null when the run never had a folder: it was ended while it waited. */
async function openFolder(core: Core, runId: string): Promise<RunFolder | null> {
  try {
    return await core.compute.collect(runId);
  } catch (error) {
    if (error instanceof AppError && error.kind === 'missing') return null;
    throw error;
  }
}

interface FoundFile {
  name: string;
  path: string;
  mediaType: string;
}

/**
 * Which files are results, under which names: the name of the definition, or for a glob that of the file, as
 * clients of OPUS expect. A file is one result only.
 */
export function chooseFiles(
  files: ReadonlyArray<{ path: string }>,
  job: Pick<Job, 'parameters'>,
  definition: Definition,
): FoundFile[] {
  const chosen = new Map<string, FoundFile>();
  const taken = new Set<string>();
  const paths = files.map((file) => file.path).sort();
  for (const pattern of definition.results ?? []) {
    const file = resultFile(pattern, job);
    const matches = isGlob(file) ? paths.filter(globTest(file)) : paths.filter((path) => path === file);
    for (const path of matches) {
      if (taken.has(path) || path.split('/').some((part) => part.startsWith('.'))) continue;
      if (chosen.size >= maxResults) return [...chosen.values()];
      const name = isGlob(file) ? freeName(path.split('/').join('-'), chosen) : pattern.name;
      taken.add(path);
      chosen.set(name, { name, path, mediaType: pattern.mediaType ?? mediaTypeOf(path) });
    }
  }
  return [...chosen.values()];
}

function freeName(wanted: string, chosen: ReadonlyMap<string, unknown>): string {
  const reserved = (name: string) => chosen.has(name) || name === 'stdout' || name === 'stderr';
  let name = wanted;
  for (let count = 2; reserved(name); count++) name = `${wanted}-${count}`;
  return name;
}

async function* readWholeLog(core: Core, runId: string, stream: LogStream): AsyncGenerator<Buffer> {
  let from = 0;
  while (from < maxLogBytes) {
    const part = await readPart(core, runId, stream, from);
    if (part === null || part.bytes.length === 0) return;
    yield part.bytes;
    from = part.nextByte;
  }
}

async function readPart(core: Core, runId: string, stream: LogStream, from: number) {
  try {
    return await core.compute.readLog(runId, stream, from, logPartBytes);
  } catch (error) {
    if (error instanceof AppError && error.kind === 'missing') return null;
    throw error;
  }
}

/** The last line a run wrote to stderr. */
async function lastLine(core: Core, runId: string): Promise<string> {
  const size = (await readPart(core, runId, 'stderr', 0))?.sizeBytes ?? 0;
  const part = await readPart(core, runId, 'stderr', Math.max(0, size - 4096));
  return lastLineOf(part?.bytes ?? Buffer.alloc(0));
}
