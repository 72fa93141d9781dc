import { ArgumentError } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import type { Fields } from '../front/fields.ts';
import { pilotVos } from '../front/pilot-vos.ts';
import { cleanName } from '../jobs/clean-name.ts';

/** What a pilot asks for. Zero and null mean: no matter. */
export interface JobRequest {
  /** `siteName` */
  queue: string;
  label: string | null;
  /** How many jobs at most. */
  slots: number;
  node: string | null;
  computingElement: string | null;
  schedulerId: string | null;
  memoryMb: number;
  diskMb: number;
  /** Only jobs that end within this. */
  walltimeSeconds: number;
  resourceType: string | null;
  /** `user` or `managed`; counts with the label `test`. */
  jobType: string | null;
  owner: string | null;
  taskId: number | null;
  background: boolean;
  harvesterId: string | null;
  workerId: number | null;
  /** The answer has the keys of a proxy. */
  proxyKey: boolean;
  /** How long the caller is content to wait for a job; null = as the settings say. Ours, not of the reference. */
  waitSeconds: number | null;
}

/** Jobs in one answer at most. */
export const mostJobs = 1000;

const largest = 2 ** 31 - 1;

/** Arguments of the legacy `getJob`; those that are unknown or unreadable ask nothing. */
export function readLegacyRequest(fields: Fields): JobRequest {
  return {
    queue: text(fields.text('siteName')) ?? '',
    label: text(fields.filled('prodSourceLabel')),
    slots: slotsOf(fields.integer('nJobs') ?? 1),
    node: text(fields.filled('node')),
    computingElement: text(fields.filled('computingElement')),
    schedulerId: text(fields.filled('schedulerID')),
    memoryMb: limit(fields.integer('mem')),
    diskMb: limit(fields.integer('diskSpace')),
    walltimeSeconds: limit(fields.integer('remaining_time')),
    resourceType: text(fields.filled('resourceType')),
    jobType: text(fields.filled('jobType')),
    owner: text(fields.filled('prodUserID')),
    taskId: fields.integer('taskID') ?? null,
    background: fields.flag('background'),
    harvesterId: text(fields.filled('harvester_id')),
    workerId: fields.integer('worker_id') ?? null,
    proxyKey: fields.flag('getProxyKey'),
    waitSeconds: fields.number('wait') ?? null,
  };
}

type Values = Readonly<Record<string, unknown>>;

/** Arguments of `acquire_jobs`, whose types have been checked. Throws ArgumentError. */
export function readV1Request(values: Values): JobRequest {
  const schedulerId = text(values.scheduler_id);
  const queue = text(values.site_name);
  if (queue === null) throw new ArgumentError("Argument error: 'site_name' must not be empty");
  return {
    queue,
    label: text(values.prod_source_label),
    slots: slotsOf(Number(values.n_jobs)),
    node: text(values.node),
    computingElement: text(values.computing_element),
    schedulerId,
    memoryMb: limit(values.memory),
    diskMb: limit(values.disk_space),
    walltimeSeconds: limit(values.remaining_time),
    resourceType: text(values.resource_type),
    jobType: text(values.job_type),
    owner: text(values.prod_user_id),
    taskId: typeof values.task_id === 'number' ? values.task_id : null,
    background: values.background === true,
    // A scheduler that gives no other id is the Harvester itself (panda-server 1.0.3, `acquire_jobs`).
    harvesterId: text(values.harvester_id) ?? schedulerId,
    workerId: typeof values.worker_id === 'number' ? values.worker_id : null,
    proxyKey: isFlag(values.get_proxy_key),
    waitSeconds: typeof values.wait === 'number' ? values.wait : null,
  };
}

/** As PostgreSQL can store it; what old clients write for nothing is null. */
function text(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const clean = value.toWellFormed().replaceAll('\0', '').trim().slice(0, 250);
  return clean === '' || clean === 'NULL' ? null : clean;
}

function limit(value: unknown): number {
  const number = typeof value === 'number' ? Math.trunc(value) : 0;
  return Number.isFinite(number) ? Math.min(Math.max(number, 0), largest) : 0;
}

function slotsOf(count: number): number {
  return Math.min(Math.max(count, 0), mostJobs);
}

const isFlag = (value: unknown): boolean => value === true || value === 'True' || value === 'true';

/** Which jobs a request may have. */
export interface JobFilter {
  /** One of these labels … */
  labels: readonly string[];
  /** … or this processing type. */
  processingType: string | null;
  memoryMb: number;
  diskMb: number;
  walltimeSeconds: number;
  resourceType: string | null;
  owner: string | null;
  ownerAccountId: number | null;
  taskId: number | null;
  background: boolean;
  /** Of push queues whose jobs take too much memory, MB by core; 0 = no matter. */
  memoryPerCoreMb: number;
  /** Cores of a pilot of the queue; 0 = no matter. */
  mostCores: number;
  /** Jobs of these VOs and of none; null = of any. */
  vos: readonly string[] | null;
}

/** Why a pilot got nothing. */
export type Refusal = 'role' | 'offline' | 'paused' | 'nothing-fits' | 'timed-out' | 'gone';

const userLabels = ['user', 'panda', 'install'];
const managedLabels = ['managed', 'test', 'prod_test', 'install'];
const testLabels = ['prod_test', 'install', 'test'];
const testProcessing = 'gangarobot';

/** What the queue adds to a request. */
export interface QueueFacts {
  isTest: boolean;
  /** Takes production and analysis alike. */
  isUnified: boolean;
  /** As `memoryPerCoreLimit` gives it. */
  memoryPerCoreMb: number;
  /** As `mostCoresOf` gives it. */
  mostCores: number;
}

/** The label that counts: a queue in test gives out tests only. */
export function effectiveLabel(label: string | null, isTest: boolean): string | null {
  return isTest && (label === 'user' || label === 'managed' || label === 'unified') ? 'test' : label;
}

/** Labels of the jobs that a label stands for (panda-server 1.0.3, `construct_where_clause`). */
export function labelRule(
  request: Pick<JobRequest, 'label' | 'computingElement' | 'jobType'>,
  { isTest, isUnified }: Pick<QueueFacts, 'isTest' | 'isUnified'>,
): Pick<JobFilter, 'labels' | 'processingType'> {
  const label = effectiveLabel(request.label, isTest);
  if (label === 'user') return { labels: userLabels, processingType: null };
  if (label === null || label === 'managed') return { labels: managedLabels, processingType: null };
  if (label === 'unified') return { labels: [...managedLabels, 'user', 'panda'], processingType: null };
  if (label !== 'test' || request.computingElement === null) return { labels: [label], processingType: null };
  const onlyUsers = isUnified && request.jobType === 'user';
  return { labels: onlyUsers ? [] : testLabels, processingType: testProcessing };
}

/**
 * What the caller and the queue make of a request. Without the role of a pilot only the caller's own jobs are given;
 * a pilot of some VOs gets jobs of those and of none, of the one it names or, when it names none, of all of them.
 */
export function filterOf(request: JobRequest, caller: Caller, queue: QueueFacts): JobFilter {
  const { memoryMb, diskMb, walltimeSeconds, resourceType, taskId, background } = request;
  return {
    ...labelRule(request, queue),
    memoryMb,
    diskMb,
    walltimeSeconds,
    resourceType,
    owner: caller.isPilot && request.owner !== null ? cleanName(request.owner) : null,
    ownerAccountId: caller.isPilot ? null : caller.identity.accountId,
    taskId,
    background,
    memoryPerCoreMb: queue.memoryPerCoreMb,
    mostCores: queue.mostCores,
    vos: vosOf(caller),
  };
}

function vosOf({ vo, isPilot, identity }: Caller): readonly string[] | null {
  if (vo !== null) return [vo];
  return isPilot ? pilotVos(identity) : null;
}
