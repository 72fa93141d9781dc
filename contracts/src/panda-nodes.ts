/** Worker nodes: machines as pilots found them from inside, and how jobs fared there. */
import Type, { type Static } from 'typebox';
import { Instant, pageOf } from './core.ts';
import { PandaErrorSource } from './panda-states.ts';
import { PandaWorkerRow } from './panda-workers.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
const Name = Type.String({ minLength: 1, maxLength: 250 });

/** Filters are joined by AND; texts are looked for anywhere in the name, without regard to case. */
export const PandaNodeFilter = Type.Object({
  site: Type.Optional(Name),
  queue: Type.Optional(Name),
  /** Part of the name of the machine. */
  host: Type.Optional(Name),
  /** Part of the name of the processor. */
  cpu: Type.Optional(Name),
  /** `x86-64-v3` … */
  level: Type.Optional(Name),
  /** Part of the vendor or model of an accelerator; `any` = has one. */
  gpu: Type.Optional(Name),
  /** At least so many logical processors. */
  cores: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  /** At least so much memory, MB. */
  memoryMb: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  /** Seen at this instant or later. */
  since: Type.Optional(Instant),
});
export type PandaNodeFilter = Static<typeof PandaNodeFilter>;

export const PandaNodeQuery = Type.Object({
  ...PandaNodeFilter.properties,
  /** 1 to 500; 100 when absent. */
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  cursor: Type.Optional(Type.String({ maxLength: 1600 })),
});
export type PandaNodeQuery = Static<typeof PandaNodeQuery>;

/** The accelerators of one kind in a machine. */
export const PandaNodeGpu = Type.Object({
  vendor: Type.String(),
  model: Type.String(),
  gpus: Type.Integer(),
  memoryMb: nullable(Type.Integer()),
  architecture: nullable(Type.String()),
  framework: nullable(Type.String()),
  frameworkVersion: nullable(Type.String()),
  driverVersion: nullable(Type.String()),
  lastSeenAt: Instant,
});
export type PandaNodeGpu = Static<typeof PandaNodeGpu>;

/** A machine with one kind of processor; one that was rebuilt stands here once for each kind. */
export const PandaNodeRow = Type.Object({
  site: Type.String(),
  host: Type.String(),
  cpuModel: Type.String(),
  /** Without clock, cache and marketing. */
  cpuName: Type.String(),
  logicalCpus: nullable(Type.Integer()),
  sockets: nullable(Type.Integer()),
  coresPerSocket: nullable(Type.Integer()),
  threadsPerCore: nullable(Type.Integer()),
  architecture: nullable(Type.String()),
  level: nullable(Type.String()),
  clockMhz: nullable(Type.Number()),
  memoryMb: nullable(Type.Integer()),
  diskGb: nullable(Type.Integer()),
  gpus: Type.Array(PandaNodeGpu),
  /** Queues it was seen in, the last one first. */
  queues: Type.Array(Type.String()),
  firstSeenAt: Instant,
  lastSeenAt: Instant,
});
export type PandaNodeRow = Static<typeof PandaNodeRow>;

/** Last seen first. */
export const PandaNodePage = pageOf(PandaNodeRow);
export type PandaNodePage = Static<typeof PandaNodePage>;

export const PandaNodeError = Type.Object({
  source: PandaErrorSource,
  code: Type.Integer(),
  meaning: nullable(Type.String()),
  jobs: Type.Integer(),
});
export type PandaNodeError = Static<typeof PandaNodeError>;

/** Jobs that ended in one hour. */
export const PandaNodeHour = Type.Object({
  at: Instant,
  finished: Type.Integer(),
  failed: Type.Integer(),
});
export type PandaNodeHour = Static<typeof PandaNodeHour>;

export const PandaBadNodeQuery = Type.Object({
  /** How far back, in whole hours; 6 when absent. */
  hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 168 })),
  queue: Type.Optional(Name),
  /** Nodes with fewer failed jobs are left out; 5 when absent. */
  failed: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
});
export type PandaBadNodeQuery = Static<typeof PandaBadNodeQuery>;

/** A machine whose jobs fail more than those of its queue elsewhere. */
export const PandaBadNode = Type.Object({
  /** Site of the queue; null = the queue is not known. */
  site: nullable(Type.String()),
  host: Type.String(),
  queue: Type.String(),
  finished: Type.Integer(),
  failed: Type.Integer(),
  /** Of the queue's jobs that ended elsewhere, the part that failed; null = none ended elsewhere. */
  elsewhere: nullable(Type.Number()),
  /** Failures beyond what the rest of the queue would have had among as many jobs. */
  excess: Type.Number(),
  /** Half of the failed jobs ended sooner after their start; null = none had begun. */
  medianSeconds: nullable(Type.Number()),
  /** The same for jobs that finished there. */
  finishedMedianSeconds: nullable(Type.Number()),
  /** Most frequent first, at most three. */
  errors: Type.Array(PandaNodeError),
  lastFailedAt: Instant,
  hours: Type.Array(PandaNodeHour),
});
export type PandaBadNode = Static<typeof PandaBadNode>;

/** Most failures beyond the expected first, at most 100. */
export const PandaBadNodeList = Type.Object({
  rows: Type.Array(PandaBadNode),
  since: Instant,
  /** Machines that were looked at: all with enough failures, or the first 200 of them. */
  looked: Type.Integer(),
  /** False when there were more jobs than are read: then numbers are "at least". */
  exact: Type.Boolean(),
  tookMs: Type.Number(),
});
export type PandaBadNodeList = Static<typeof PandaBadNodeList>;

export const PandaNodeDetailQuery = Type.Object({
  /** How far back jobs are counted, in whole hours; 24 when absent. */
  hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 168 })),
});
export type PandaNodeDetailQuery = Static<typeof PandaNodeDetailQuery>;

/** A job that ended there and that the caller may see. */
export const PandaNodeJob = Type.Object({
  id: Type.Integer(),
  status: Type.String(),
  queue: Type.String(),
  owner: Type.String(),
  /** The slot, as the pilot named it. */
  node: Type.String(),
  startedAt: nullable(Instant),
  endedAt: Instant,
  error: nullable(Type.Object({ source: PandaErrorSource, code: Type.Integer(), diag: Type.String() })),
});
export type PandaNodeJob = Static<typeof PandaNodeJob>;

export const PandaNode = Type.Object({
  site: Type.String(),
  host: Type.String(),
  /** One for each kind of processor it was seen with; none when no pilot has described it. */
  hardware: Type.Array(PandaNodeRow),
  gpus: Type.Array(PandaNodeGpu),
  queues: Type.Array(Type.Object({ queue: Type.String(), lastSeenAt: nullable(Instant) })),
  firstSeenAt: nullable(Instant),
  lastSeenAt: nullable(Instant),
  since: Instant,
  /** Over all jobs that ended there since then. */
  finished: Type.Integer(),
  failed: Type.Integer(),
  /** Of the jobs of its queues that ended elsewhere, the part that failed; null = none did. */
  elsewhere: nullable(Type.Number()),
  medianSeconds: nullable(Type.Number()),
  finishedMedianSeconds: nullable(Type.Number()),
  errors: Type.Array(PandaNodeError),
  hours: Type.Array(PandaNodeHour),
  /** False when more jobs ended there than are read. */
  exact: Type.Boolean(),
  /** The last ones, at most 100. */
  jobs: Type.Array(PandaNodeJob),
  /** Last changed first, at most 50. */
  workers: Type.Array(PandaWorkerRow),
  tookMs: Type.Number(),
});
export type PandaNode = Static<typeof PandaNode>;
