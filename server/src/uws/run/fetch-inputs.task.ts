import Type from 'typebox';
import { AppError } from '../../core/errors.ts';
import { defineTask } from '../../core/queue/index.ts';
import { type InputFile, inputName, type Job, type JobParameter } from '../jobs/job.ts';
import { changePhase, findJob, jobTopic, lockJob, updateJob } from '../jobs/jobs.store.ts';
import { safeFileName } from '../jobs/parameters.ts';
import { type Service, serviceOf } from '../service.ts';
import { submitRun } from './submit.ts';

/** How often an address that does not answer is asked before the job is given up. */
const attempts = 4;
const fetchTimeoutMs = 600_000;

/**
 * Fetches the addresses among a QUEUED job's inputs and then hands the job to the computer. An address that
 * cannot be had ends the job with ERROR and the reason.
 */
export const fetchInputsTask = defineTask({
  name: 'uws.fetch-inputs',
  payload: Type.Object({ jobId: Type.String(), asAdmin: Type.Boolean() }),
  retry: { attempts, firstDelaySeconds: 2, factor: 4 },
  concurrency: 4,
  maxSeconds: 900,
  async run({ core, payload: { jobId, asAdmin }, attempt, signal, progress, hold }) {
    const service = serviceOf(core);
    const job = await findJob(core.db.sql, jobId);
    if (job === null || job.phase !== 'QUEUED' || job.computeRunId !== null) return;
    const fetched: JobParameter[] = [];
    try {
      for (const parameter of job.parameters) {
        progress(null, `fetching ${parameter.name}`);
        fetched.push(await fetchParameter(service, job, parameter, signal));
      }
    } catch (error) {
      if (signal.aborted || !(error instanceof AppError)) throw error;
      if (error.kind === 'busy' && attempt < attempts) throw error;
      await giveUp(service, jobId, error);
      return;
    }
    await core.db.transaction(async (tx) => {
      await hold(tx);
      const locked = await lockJob(tx, jobId);
      if (locked === null || locked.phase !== 'QUEUED' || locked.computeRunId !== null) return;
      await updateJob(tx, jobId, { parameters: fetched });
      for (const parameter of fetched) {
        for (const [index, file] of (parameter.files ?? []).entries()) {
          if (file.hash === null) continue;
          const owner = { kind: jobTopic, id: jobId, name: inputName(parameter.name, index) };
          await core.files.reference(tx, file.hash, 'result', owner);
        }
      }
      await submitRun(service, tx, { ...locked, parameters: fetched }, asAdmin);
      await core.events.publish(tx, jobTopic, jobId, {
        definition: job.definition,
        phase: job.phase,
        ownerId: job.ownerId,
      });
    });
  },
});

async function giveUp(service: Service, jobId: string, error: AppError): Promise<void> {
  const { core } = service;
  const message = `An input could not be fetched: ${error.message}`;
  await core.db.transaction(async (tx) => {
    const change = { to: 'ERROR', who: 'server', why: message, at: core.clock.now() } as const;
    const type = error.kind === 'busy' ? 'transient' : 'fatal';
    await changePhase(tx, jobId, { ...change, error: { type, message, detail: null } });
    core.db.afterCommit(tx, core.events.committed);
  });
}

async function fetchParameter(
  service: Service,
  job: Job,
  parameter: JobParameter,
  signal: AbortSignal,
): Promise<JobParameter> {
  if (parameter.files === undefined) return parameter;
  const { content } = await service.catalog.byId(job.definitionId);
  const maxBytes = content.maxUploadBytes ?? service.settings.maxUploadMb * 1_000_000;
  const files: InputFile[] = [];
  for (const file of parameter.files) {
    files.push(
      file.hash !== null || file.url === null
        ? file
        : await fetchFile(service, file, file.url, maxBytes, signal),
    );
  }
  return { ...parameter, files };
}

async function fetchFile(
  { core }: Service,
  file: InputFile,
  url: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<InputFile> {
  const answer = await core.fetch.get(url, { maxBytes, timeoutMs: fetchTimeoutMs, signal });
  if (answer.status !== 200) {
    answer.body.on('error', () => {}).destroy();
    const kind = answer.status >= 500 || answer.status === 429 ? 'busy' : 'invalid';
    throw new AppError(kind, 'uws.input-refused', `${new URL(url).host} answered ${answer.status}.`);
  }
  const blob = await core.files.put(answer.body, { namespace: 'result', maxBytes, signal });
  const named = /filename="?([^";]+)"?/i.exec(String(answer.headers['content-disposition'] ?? ''))?.[1];
  return {
    ...file,
    fileName: named === undefined ? file.fileName : safeFileName(named),
    mediaType: answer.headers['content-type']?.split(';')[0]?.trim() ?? file.mediaType,
    hash: blob.sha256,
    sizeBytes: blob.sizeBytes,
  };
}
