import { Readable } from 'node:stream';
import Type from 'typebox';
import type { RunFolder } from '../../core/compute/index.ts';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { messageOf } from '../../core/errors.ts';
import { defineTask } from '../../core/queue/index.ts';
import type { Definition } from '../definitions/definition.ts';
import { type Ending, internalProvenanceName, type Job, type JobResult } from '../jobs/job.ts';
import { changePhase, findJob, jobTopic, lockJob, updateJob } from '../jobs/jobs.store.ts';
import { serviceOf } from '../service.ts';
import { chooseFiles, maxResults } from './choose-files.ts';
import { judge } from './judge.ts';
import { replaceResults } from './results.store.ts';
import { lastLine, listFolder, openFolder, ownWords, readWholeLog } from './run-folder.ts';

const attempts = 10;
/** Small files spend their time waiting for the disk and the database. */
const storedAtOnce = 8;

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
    const { results, fault, provenance } = await storeResults(core, job, content, runId, signal);
    const words = (await ownWords(core, runId)) ?? (await lastLine(core, runId));
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
        const ending = judge(locked.ending, content, results, words, fault);
        await finish(core, tx, locked, ending);
        core.db.afterCommit(tx, core.events.committed);
      }
      await updateJob(tx, jobId, {
        computeRunId: null,
        ...(await keepProvenance(core, tx, jobId, provenance)),
      });
    });
  }
  await core.compute.remove(runId);
}

/** The one change to a final phase. A job whose start nobody told was EXECUTING all the same. */
async function finish(core: Core, tx: Tx, { jobId, phase }: Job, ending: Ending): Promise<void> {
  const at = core.clock.now();
  const { phase: to, why, error } = ending;
  const end = () => changePhase(tx, jobId, { to, who: 'executor', why, at, error });
  if (await end()) return;
  const start = { to: 'EXECUTING', who: 'executor', why: 'Its run was under way.', at } as const;
  if ((await changePhase(tx, jobId, start)) && (await end())) return;
  throw new Error(`a job that is ${phase} does not become ${to}`);
}

function eventData(job: Job) {
  return { definition: job.definition, phase: job.phase, ownerId: job.ownerId };
}

interface StoredFiles {
  files: JobResult[];
  /** Why not all files of the run were kept; null = they were. */
  fault: string | null;
  /** SHA-256 of what the script left for provenance. */
  provenance: string | null;
}

async function storeResults(
  core: Core,
  job: Job,
  definition: Definition,
  runId: string,
  signal: AbortSignal,
): Promise<Omit<StoredFiles, 'files'> & { results: JobResult[] }> {
  const { files, ...more } = await storeFiles(core, job, definition, runId, signal);
  return { results: [...files, ...(await storeLogs(core, runId, signal))], ...more };
}

async function storeFiles(
  core: Core,
  job: Job,
  definition: Definition,
  runId: string,
  signal: AbortSignal,
): Promise<StoredFiles> {
  const folder = await openFolder(core, runId);
  const none = { files: [], provenance: null };
  if (folder === null) return { ...none, fault: null };
  const listed = await listFolder(folder);
  if (typeof listed === 'string') return { ...none, fault: listed };
  const sizes = new Map(listed.map((file) => [file.path, file.sizeBytes]));
  const found = chooseFiles(listed, job, definition);
  const chosen = found.slice(0, maxResults);
  const excess = `The run left more than ${maxResults} results; the first ${maxResults} are kept.`;
  const total = chosen.reduce((sum, { path }) => sum + (sizes.get(path) ?? 0), 0);
  const { outputMb } = serviceOf(core).settings;
  // A sparse file takes no room while the job runs, and all of its length here.
  if (total > outputMb * 1_048_576) {
    return { ...none, fault: `The results have ${total} bytes; a job may write ${outputMb} MB.` };
  }
  const files: JobResult[] = [];
  for (let at = 0; at < chosen.length; at += storedAtOnce) {
    const some = chosen.slice(at, at + storedAtOnce).map(async ({ name, path, mediaType }) => {
      const source = await folder.open(path);
      const { sha256, sizeBytes } = await core.files.put(source, { namespace: 'result', signal });
      return { name, fileName: path, mediaType, sizeBytes, hash: sha256 };
    });
    // All of them, also after one failed: none may go on storing when the task is tried again.
    const settled = await Promise.allSettled(some);
    for (const outcome of settled) {
      if (outcome.status === 'rejected') throw outcome.reason;
      files.push(outcome.value);
    }
  }
  const provenance = await storeProvenance(core, folder, sizes.get(provenanceFile), signal);
  return { files, fault: found.length > maxResults ? excess : null, provenance };
}

/** What a script of OPUS leaves for the provenance of its job; no result of its own. */
const provenanceFile = 'internal_provenance.json';
const maxProvenanceBytes = 16 * 1024 * 1024;

async function storeProvenance(
  core: Core,
  folder: RunFolder,
  sizeBytes: number | undefined,
  signal: AbortSignal,
): Promise<string | null> {
  if (sizeBytes === undefined || sizeBytes > maxProvenanceBytes) return null;
  const source = await folder.open(provenanceFile);
  const { sha256 } = await core.files.put(source, {
    namespace: 'result',
    maxBytes: maxProvenanceBytes,
    signal,
  });
  return sha256;
}

async function keepProvenance(core: Core, tx: Tx, jobId: string, sha256: string | null) {
  if (sha256 === null) return {};
  const owner = { kind: jobTopic, id: jobId, name: internalProvenanceName };
  await core.files.reference(tx, sha256, 'result', owner);
  return { internalProvenance: sha256 };
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
