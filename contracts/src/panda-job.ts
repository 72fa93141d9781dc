/** One job with everything that is known of it. */
import Type, { type Static } from 'typebox';
import { Instant } from './core.ts';
import { ObjectPromise } from './explain.ts';
import { PandaJobRow } from './panda-jobs.ts';
import { PandaErrorSource, PandaJobState } from './panda-states.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

export const PandaJobHistoryEntry = Type.Object({
  status: PandaJobState,
  attempt: Type.Integer(),
  at: Instant,
  queue: Type.String(),
  node: nullable(Type.String()),
  /** A sentence. */
  why: Type.String(),
  /** A pilot, an account or a part of the server. */
  by: Type.String(),
});
export type PandaJobHistoryEntry = Static<typeof PandaJobHistoryEntry>;

export const pandaFileTypes = ['input', 'pseudo_input', 'output', 'log'] as const;

export const PandaJobFile = Type.Object({
  id: Type.Integer(),
  type: Type.Enum(pandaFileTypes),
  lfn: Type.String(),
  scope: nullable(Type.String()),
  dataset: nullable(Type.String()),
  guid: nullable(Type.String()),
  /** Of the file, not of the job: `ready`, `finished`, `failed`, `nooutput` … */
  status: Type.String(),
  sizeBytes: nullable(Type.Integer()),
  checksum: nullable(Type.String()),
  endpoint: nullable(Type.String()),
  /** Where its bytes are, as whoever stored them says. */
  surl: nullable(Type.String()),
  events: nullable(Type.Integer()),
  /** Path of its bytes on this server; absent when they are elsewhere, or there are none. */
  href: Type.Optional(Type.String()),
});
export type PandaJobFile = Static<typeof PandaJobFile>;

export const PandaJobError = Type.Object({
  source: PandaErrorSource,
  code: Type.Integer(),
  meaning: nullable(Type.String()),
  diag: Type.String(),
});
export type PandaJobError = Static<typeof PandaJobError>;

/** Last figures of the pilot; null = never reported. */
export const PandaJobMetrics = Type.Object({
  /** When the pilot was last heard of; null once the job is final. */
  heartbeatAt: nullable(Instant),
  reports: nullable(Type.Integer()),
  cpuSeconds: nullable(Type.Number()),
  /** Processor time by wall time and cores, 0 to 1. */
  cpuEfficiency: nullable(Type.Number()),
  meanCores: nullable(Type.Number()),
  events: nullable(Type.Integer()),
  maxRssKb: nullable(Type.Integer()),
  maxVmemKb: nullable(Type.Integer()),
  maxSwapKb: nullable(Type.Integer()),
  maxPssKb: nullable(Type.Integer()),
  avgRssKb: nullable(Type.Integer()),
  avgVmemKb: nullable(Type.Integer()),
  avgSwapKb: nullable(Type.Integer()),
  avgPssKb: nullable(Type.Integer()),
  readBytesKb: nullable(Type.Integer()),
  writtenBytesKb: nullable(Type.Integer()),
  /** kB per second that the memory grew by. */
  memoryLeak: nullable(Type.Number()),
});
export type PandaJobMetrics = Static<typeof PandaJobMetrics>;

export const PandaJobWorker = Type.Object({
  harvester: Type.String(),
  worker: Type.Integer(),
  batchId: nullable(Type.String()),
  status: Type.String(),
  node: nullable(Type.String()),
  computingElement: nullable(Type.String()),
  submittedAt: nullable(Instant),
  startedAt: nullable(Instant),
  endedAt: nullable(Instant),
  /** Addresses of what its batch system wrote. */
  logs: Type.Array(Type.Object({ name: Type.String(), href: Type.String() })),
});
export type PandaJobWorker = Static<typeof PandaJobWorker>;

/** What the caller may do with this job now. */
export const PandaJobActs = Type.Object({
  kill: Type.Boolean(),
  retry: Type.Boolean(),
  debug: Type.Boolean(),
  command: Type.Boolean(),
  priority: Type.Boolean(),
});
export type PandaJobActs = Static<typeof PandaJobActs>;

export const PandaJob = Type.Object({
  ...PandaJobRow.properties,
  /** Why it has its status; a sentence. */
  statusWhy: Type.String(),
  changedBy: Type.String(),
  /** False = in the archive: it never changes again. */
  live: Type.Boolean(),
  request: nullable(Type.Integer()),
  jobset: nullable(Type.Integer()),
  assignedPriority: Type.Integer(),
  /** 0 = unknown, as for the three below. */
  memoryMb: Type.Integer(),
  diskMb: Type.Integer(),
  walltimeSeconds: Type.Integer(),
  cpuSeconds: Type.Integer(),
  hs06: Type.Number(),
  background: Type.Boolean(),
  /** What the pilot will be told next; null = nothing. */
  command: nullable(Type.String()),
  debug: Type.Boolean(),
  scheduler: nullable(Type.String()),
  pilot: nullable(Type.String()),
  batchId: nullable(Type.String()),
  computingElement: nullable(Type.String()),
  /** How often it was given to a pilot. */
  sentCount: Type.Integer(),
  /** A final report of the pilot is being worked on. */
  reported: Type.Boolean(),
  transformation: Type.String(),
  /** The command line behind the transformation. */
  parameters: Type.String(),
  errors: Type.Array(PandaJobError),
  history: Type.Array(PandaJobHistoryEntry),
  files: Type.Array(PandaJobFile),
  metrics: nullable(PandaJobMetrics),
  workers: Type.Array(PandaJobWorker),
  /** Texts that `texts/:kind` gives, with their length in characters. */
  texts: Type.Array(
    Type.Object({
      kind: Type.Union([Type.Literal('metadata'), Type.Literal('pilot-log')]),
      characters: Type.Integer(),
      at: Instant,
    }),
  ),
  /** Every attribute by its wire name (`PandaID`, `jobStatus`, `computingSite` …); those without a value are left out. */
  attributes: Type.Record(Type.String(), Type.Unknown()),
  /** Null once the job is final. */
  promise: nullable(ObjectPromise),
  acts: PandaJobActs,
});
export type PandaJob = Static<typeof PandaJob>;

export const PandaDebugOutput = Type.Object({
  /** Null when nothing has come. */
  text: nullable(Type.String()),
  at: nullable(Instant),
  debug: Type.Boolean(),
  command: nullable(Type.String()),
});
export type PandaDebugOutput = Static<typeof PandaDebugOutput>;

export const PandaJobRetry = Type.Object(
  {
    /** MB; absent = as before. */
    memoryMb: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
    /** Absent = the same queue. */
    queue: Type.Optional(Type.String({ minLength: 1, maxLength: 250 })),
  },
  { additionalProperties: false },
);
export type PandaJobRetry = Static<typeof PandaJobRetry>;

export const PandaJobDebug = Type.Object({ on: Type.Boolean() }, { additionalProperties: false });
export type PandaJobDebug = Static<typeof PandaJobDebug>;

export const PandaJobCommand = Type.Object(
  { command: Type.String({ minLength: 1, maxLength: 250 }) },
  { additionalProperties: false },
);
export type PandaJobCommand = Static<typeof PandaJobCommand>;

export const PandaJobPriority = Type.Object(
  { priority: Type.Integer({ minimum: -1_000_000, maximum: 1_000_000 }) },
  { additionalProperties: false },
);
export type PandaJobPriority = Static<typeof PandaJobPriority>;
