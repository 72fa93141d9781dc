import type { Identity } from '../../core/auth/index.ts';
import { demandPermission } from '../../core/auth/index.ts';
import type { Tx } from '../../core/db/index.ts';
import type { Definition } from '../definitions/definition.ts';
import type { StoredDefinition } from '../definitions/definitions.store.ts';
import { archiveOff, jobOfAnother, jobUnknown, phaseForbids } from '../errors.ts';
import { mayChange } from '../phases.ts';
import { startJob } from '../run/start.ts';
import { discardRun, lockWithRun, stopRun } from '../run/submit.ts';
import type { Service } from '../service.ts';
import type { UwsSettings } from '../settings.ts';
import { archiveLocked } from './archive.ts';
import { inputBytes, inputName, type Job, type JobParameter } from './job.ts';
import { newJobId } from './job-id.ts';
import {
  changePhase,
  deleteJob,
  type JobFields,
  jobTopic,
  lockJob,
  type NewJob,
  updateJob,
} from './jobs.store.ts';
import { demandActiveRoom, demandInputRoom, insertWithinLimit } from './limits.ts';
import { changeParameters, type Given, resolveParameters } from './parameters.ts';
import { withStoredInputs } from './stored-input.ts';
import { addOwners } from './usage.store.ts';

/** What a caller may say of a job besides its parameters. */
export interface JobWishes {
  runId?: string | null;
  /** Seconds; 0 = as long as allowed. */
  executionDuration?: number;
  /** Null = none asked for: as long as allowed. */
  destructionAt?: Date | null;
}

/** Name under which a caller owns jobs; null = without an identity. */
export function ownerOf(identity: Identity): string | null {
  return identity.kind === 'anonymous' ? null : identity.name;
}

/** May the caller see this job? Owners may, and those who may see everybody's. */
export function maySee(identity: Identity, job: { ownerId: string | null }): boolean {
  if (identity.may('uws.job.any')) return true;
  return job.ownerId === ownerOf(identity) && identity.may('uws.job.read');
}

/** The same, or throws. */
export function demandSight(identity: Identity, job: { ownerId: string | null; definition: string }): void {
  if (identity.may('uws.job.any')) return;
  if (job.ownerId !== ownerOf(identity)) throw jobOfAnother();
  demandPermission(identity, 'uws.job.read');
}

/** May the caller change this job? */
export function demandControl(identity: Identity, job: { ownerId: string | null; definition: string }): void {
  if (identity.may('uws.job.any')) return;
  if (job.ownerId !== ownerOf(identity)) throw jobOfAnother();
  demandPermission(identity, 'uws.job.control', job.definition);
}

const dayMs = 86_400_000;

/** The limit that holds: what was asked for, within what the definition or the operator allows. */
export function allowedSeconds(
  wish: number | undefined,
  definition: Definition,
  settings: UwsSettings,
): number {
  const most =
    definition.maxExecutionDuration ??
    Math.max(settings.maxExecutionSeconds, definition.executionDuration ?? 0);
  const usual = Math.min(definition.executionDuration ?? settings.executionSeconds, most);
  if (wish === undefined) return usual;
  return wish === 0 ? most : Math.min(wish, most);
}

/** The destruction time that holds; never later than the operator allows. */
export function allowedDestruction(
  wish: Date | null | undefined,
  createdAt: Date,
  definition: Definition,
  settings: UwsSettings,
): Date {
  const latest = createdAt.getTime() + settings.maxKeepDays * dayMs;
  const usual = createdAt.getTime() + (definition.keepDays ?? settings.keepDays) * dayMs;
  const wished = wish === undefined ? usual : wish === null ? latest : wish.getTime();
  return new Date(Math.min(wished, latest));
}

export interface JobRequest {
  given: Given;
  wishes: JobWishes;
  run: boolean;
  /** Known before the job is made when uploads were stored for it. */
  jobId?: string;
}

/** Makes a job, and starts it when asked, in one transaction; resolves after the commit with the job's id. */
export async function createJob(
  service: Service,
  definition: StoredDefinition,
  request: JobRequest,
  identity: Identity,
): Promise<string> {
  demandPermission(identity, 'uws.job.create', definition.name);
  const { core, settings } = service;
  const createdAt = core.clock.now();
  const { content } = definition;
  const given = await withStoredInputs(
    core.db.sql,
    content,
    request.given,
    identity,
    largest(service, content),
  );
  const parameters = resolveParameters(content, given);
  const job: NewJob = {
    jobId: request.jobId ?? newJobId(),
    definitionId: definition.definitionId,
    definition: definition.name,
    runId: request.wishes.runId ?? null,
    ownerId: ownerOf(identity),
    createdAt,
    executionDuration: allowedSeconds(request.wishes.executionDuration, definition.content, settings),
    destructionAt: allowedDestruction(request.wishes.destructionAt, createdAt, definition.content, settings),
    parameters,
    why: `Created by ${identity.name}.`,
  };
  const hasUploads = parameters.some((parameter) => parameter.files?.some((file) => file.hash !== null));
  if (!request.run && !hasUploads) {
    await service.createPending(job);
    return job.jobId;
  }
  await addOwners(core.db.sql, [job]);
  await core.db.transaction(async (tx) => {
    const [refusal] = await insertWithinLimit(service, tx, [job]);
    if (refusal != null) throw refusal;
    core.db.afterCommit(tx, core.events.committed);
    if (hasUploads) await demandInputRoom(service, tx, job.ownerId);
    await keepUploads(service, tx, job.jobId, parameters);
    if (request.run) await runLocked(service, tx, await getLocked(tx, job.jobId), identity);
  });
  return job.jobId;
}

/** The largest input in bytes. */
function largest({ settings }: Service, definition: Definition): number {
  return definition.maxUploadBytes ?? settings.maxUploadMb * 1_000_000;
}

/** The uploads' bytes stay as long as the job does. */
async function keepUploads(
  service: Service,
  tx: Tx,
  jobId: string,
  parameters: readonly JobParameter[],
): Promise<void> {
  const { files } = service.core;
  const kept = parameters.flatMap((parameter) =>
    (parameter.files ?? []).flatMap((file, index) => {
      if (file.hash === null) return [];
      const owner = { kind: jobTopic, id: jobId, name: inputName(parameter.name, index) };
      return [{ hash: file.hash, owner }];
    }),
  );
  // Statements of one transaction are done in order; sent together they do not wait for each other's answers.
  await Promise.all(kept.map(({ hash, owner }) => files.reference(tx, hash, 'result', owner)));
}

/** Read together with others that ask at the same moment: a statement for each request would cost twice as much. */
export async function getJob(service: Service, jobId: string): Promise<Job> {
  const job = await service.readTogether(jobId);
  if (job === null) throw jobUnknown(jobId);
  return job;
}

async function getLocked(tx: Tx, jobId: string): Promise<Job> {
  const job = await lockJob(tx, jobId);
  if (job === null) throw jobUnknown(jobId);
  return job;
}

async function getLockedWithRun(service: Service, tx: Tx, jobId: string): Promise<Job> {
  const job = await lockWithRun(service, tx, jobId);
  if (job === null) throw jobUnknown(jobId);
  return job;
}

/** RUN: allowed for PENDING and HELD jobs. */
export async function runJob(service: Service, jobId: string, identity: Identity): Promise<void> {
  await service.core.db.transaction(async (tx) =>
    runLocked(service, tx, await getLocked(tx, jobId), identity),
  );
}

async function runLocked(service: Service, tx: Tx, job: Job, identity: Identity): Promise<void> {
  demandControl(identity, job);
  const { core } = service;
  const at = core.clock.now();
  const why = `${identity.name} asked to run it.`;
  if (!(await changePhase(tx, job.jobId, { to: 'QUEUED', who: 'client', why, at }))) {
    throw phaseForbids('it can be run only while it is PENDING or HELD', job.phase);
  }
  await demandActiveRoom(service, tx, job.ownerId);
  core.db.afterCommit(tx, core.events.committed);
  await startJob(
    service,
    tx,
    job,
    identity.grants.some((grant) => grant.role === 'admin'),
  );
}

/** ABORT: ends whatever is not final; on a final job it changes nothing and is no error. */
export async function abortJob(service: Service, jobId: string, identity: Identity): Promise<void> {
  const { core } = service;
  await core.db.transaction(async (tx) => {
    const job = await getLockedWithRun(service, tx, jobId);
    demandControl(identity, job);
    const change = {
      to: 'ABORTED',
      who: 'client',
      why: `${identity.name} aborted it.`,
      at: core.clock.now(),
    } as const;
    if (!(await changePhase(tx, jobId, change))) return;
    core.db.afterCommit(tx, core.events.committed);
    await stopRun(service, tx, job, change.why);
  });
}

/**
 * ARCHIVE, an extension: gives up the bytes of an ended job before its destruction time and keeps its description.
 * Throws `forbidden` in any other phase than COMPLETED, ERROR and ABORTED, and where nothing is archived.
 */
export async function archiveJob(service: Service, jobId: string, identity: Identity): Promise<void> {
  await service.core.db.transaction(async (tx) => {
    const job = await getLockedWithRun(service, tx, jobId);
    demandControl(identity, job);
    if (!service.settings.archive) throw archiveOff();
    if (!mayChange(job.phase, 'ARCHIVED', 'client'))
      throw phaseForbids('only a job that has ended can be archived', job.phase);
    await archiveLocked(service, tx, job, 'client', `${identity.name} archived it.`);
  });
}

/** Changes a job: parameters, run id and duration while it is PENDING, the destruction time always. */
export async function updateWishes(
  service: Service,
  jobId: string,
  identity: Identity,
  wishes: JobWishes,
  given?: Given,
): Promise<void> {
  const { core, settings } = service;
  await core.db.transaction(async (tx) => {
    const job = await getLocked(tx, jobId);
    demandControl(identity, job);
    const { content } = await service.catalog.byId(job.definitionId);
    const fields: JobFields = {};
    const { runId, executionDuration, destructionAt } = wishes;
    if (given !== undefined || runId !== undefined || executionDuration !== undefined) demandPending(job);
    if (given !== undefined) {
      const stored = await withStoredInputs(tx, content, given, identity, largest(service, content));
      fields.parameters = changeParameters(content, job.parameters, stored);
    }
    if (runId !== undefined) fields.runId = runId;
    if (executionDuration !== undefined)
      fields.executionDuration = allowedSeconds(executionDuration, content, settings);
    if (destructionAt !== undefined) {
      if (job.phase === 'ARCHIVED') throw phaseForbids('its results are gone already', job.phase);
      fields.destructionAt = allowedDestruction(destructionAt, job.createdAt, content, settings);
    }
    await updateJob(tx, jobId, fields);
    if (fields.parameters !== undefined) {
      await core.files.releaseOwner(tx, { kind: jobTopic, id: jobId });
      if (inputBytes(fields.parameters) > inputBytes(job.parameters))
        await demandInputRoom(service, tx, job.ownerId);
      await keepUploads(service, tx, jobId, fields.parameters);
    }
    await core.events.publish(tx, jobTopic, jobId, eventData(job, job.phase));
  });
}

function demandPending(job: Job): void {
  if (job.phase !== 'PENDING') throw phaseForbids('this can be changed only while it is PENDING', job.phase);
}

function eventData(job: Job, phase: string) {
  return { definition: job.definition, phase, ownerId: job.ownerId };
}

/** DELETE by a caller. */
export async function destroyJob(service: Service, jobId: string, identity: Identity): Promise<void> {
  await service.core.db.transaction(async (tx) => {
    const job = await getLockedWithRun(service, tx, jobId);
    demandControl(identity, job);
    await destroyLocked(service, tx, job, `${identity.name} deleted the job.`);
  });
}

/** Ends the run if there is one and removes the job with all it has. Its bytes go once nothing else needs them. */
export async function destroyLocked(service: Service, tx: Tx, job: Job, why: string): Promise<void> {
  const { core } = service;
  await deleteJob(tx, job.jobId);
  await core.files.releaseOwner(tx, { kind: jobTopic, id: job.jobId });
  await core.events.publish(tx, jobTopic, job.jobId, eventData(job, 'DELETED'));
  await discardRun(service, tx, job, why);
}
