/** Harvesters: the services that submit workers to batch systems, what they say of themselves, and orders to them. */
import Type, { type Static } from 'typebox';
import { Instant, pageOf } from './core.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
const Name = Type.String({ minLength: 1, maxLength: 250 });
const Counts = Type.Record(Type.String(), Type.Integer());

export const PandaHarvesterRow = Type.Object({
  id: Type.String(),
  description: Type.String(),
  /** Whose token it comes with, and from where; null = it never came. */
  owner: nullable(Type.String()),
  host: nullable(Type.String()),
  version: nullable(Type.String()),
  commit: nullable(Type.String()),
  startedAt: nullable(Instant),
  lastSeenAt: nullable(Instant),
  /** Until when its next heartbeat is awaited; null = nobody waits for one. */
  deadline: nullable(Instant),
  overdue: Type.Boolean(),
  /** Queues that it serves. */
  queues: Type.Array(Type.String()),
  /** Its workers that have not left their batch system, by state. */
  workers: Counts,
  /** Orders that it has not taken yet. */
  newCommands: Type.Integer(),
  /** Messages of warnings and errors in the last 24 hours. */
  problems: Type.Integer(),
});
export type PandaHarvesterRow = Static<typeof PandaHarvesterRow>;

/** By name, at most 1000. */
export const PandaHarvesterList = Type.Object({
  rows: Type.Array(PandaHarvesterRow),
  tookMs: Type.Number(),
});
export type PandaHarvesterList = Static<typeof PandaHarvesterList>;

export const PandaTargetSlots = Type.Object({
  queue: Type.String(),
  /** Empty = of every share. */
  share: Type.String(),
  /** Empty = of every resource type. */
  resourceType: Type.String(),
  slots: Type.Integer(),
  /** Null = until it is taken back. */
  expiresAt: nullable(Instant),
  modifiedAt: Instant,
  modifiedBy: Type.String(),
});
export type PandaTargetSlots = Static<typeof PandaTargetSlots>;

export const PandaTargetSlotsWish = Type.Object(
  {
    /** -1 takes the wish back. */
    slots: Type.Integer({ minimum: -1, maximum: 2_147_483_647 }),
    share: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
    resourceType: Type.Optional(Type.String({ minLength: 1, maxLength: 56 })),
    /** Until it is taken back, when absent. */
    expiresAt: Type.Optional(Instant),
  },
  { additionalProperties: false },
);
export type PandaTargetSlotsWish = Static<typeof PandaTargetSlotsWish>;

/** Workers of a queue in one state: as the Harvester counts them, and as this server was told of each. */
export const PandaWorkerCount = Type.Object({
  queue: Type.String(),
  status: Type.String(),
  /** Null = it has reported no numbers of this queue. */
  reported: nullable(Type.Integer()),
  reportedAt: nullable(Instant),
  seen: Type.Integer(),
});
export type PandaWorkerCount = Static<typeof PandaWorkerCount>;

export const PandaHarvester = Type.Object({
  ...PandaHarvesterRow.properties,
  createdAt: Instant,
  /** What it wants to be told by heartbeat. */
  wishes: Type.Array(
    Type.Object({ command: Type.String(), queue: Type.String(), resourceType: Type.String() }),
  ),
  /** Its queues; `mayManage`: the caller may order something there. */
  serves: Type.Array(
    Type.Object({
      queue: Type.String(),
      site: Type.String(),
      status: Type.String(),
      mayManage: Type.Boolean(),
      /** Its computing elements that a sweep can name. */
      computingElements: Type.Array(Type.String()),
    }),
  ),
  counts: Type.Array(PandaWorkerCount),
  targetSlots: Type.Array(PandaTargetSlots),
  /** Orders of the last 30 days: new, retrieved, acknowledged. */
  commands: Counts,
  /** Since when the oldest order waits that it has not taken; null = none waits. */
  oldestCommandAt: nullable(Instant),
  /** Messages of the last 24 hours by level and by module. */
  levels: Counts,
  modules: Counts,
});
export type PandaHarvester = Static<typeof PandaHarvester>;

export const PandaDialogQuery = Type.Object({
  /** DEBUG, INFO, WARNING, ERROR …; may be repeated. */
  level: Type.Optional(Type.Array(Type.String({ maxLength: 10 }))),
  module: Type.Optional(Name),
  /** Anywhere in the message or what it is of, without regard to case. */
  text: Type.Optional(Name),
  since: Type.Optional(Instant),
  until: Type.Optional(Instant),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
});
export type PandaDialogQuery = Static<typeof PandaDialogQuery>;

export const PandaDialog = Type.Object({
  id: Type.Integer(),
  at: Instant,
  level: Type.String(),
  module: Type.String(),
  identifier: nullable(Type.String()),
  message: Type.String(),
});
export type PandaDialog = Static<typeof PandaDialog>;

/** Last first. A page may hold fewer rows than asked for and still have `older`: the search goes on there. */
export const PandaDialogPage = pageOf(PandaDialog);
export type PandaDialogPage = Static<typeof PandaDialogPage>;

export const pandaCommandStates = ['new', 'retrieved', 'acknowledged'] as const;

export const PandaCommandQuery = Type.Object({
  status: Type.Optional(Type.Array(Type.Enum(pandaCommandStates))),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
});
export type PandaCommandQuery = Static<typeof PandaCommandQuery>;

export const PandaHarvesterCommand = Type.Object({
  id: Type.Integer(),
  command: Type.String(),
  /** JSON text, cut at 2000 characters. */
  params: Type.String(),
  ackRequested: Type.Boolean(),
  status: Type.Enum(pandaCommandStates),
  by: Type.String(),
  createdAt: Instant,
  retrievedAt: nullable(Instant),
  acknowledgedAt: nullable(Instant),
});
export type PandaHarvesterCommand = Static<typeof PandaHarvesterCommand>;

/** Last first. */
export const PandaCommandPage = pageOf(PandaHarvesterCommand);
export type PandaCommandPage = Static<typeof PandaCommandPage>;

export const PandaMetricQuery = Type.Object({
  /** 24 when absent. */
  hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 720 })),
});
export type PandaMetricQuery = Static<typeof PandaMetricQuery>;

/** Figures of the machines that a Harvester runs on. */
export const PandaHarvesterMetrics = Type.Object({
  /** The beginnings of the steps, oldest first. */
  at: Type.Array(Instant),
  /** At most 10 machines with 30 figures each. */
  hosts: Type.Array(
    Type.Object({
      host: Type.String(),
      lastAt: Instant,
      series: Type.Array(
        Type.Object({
          /** As the Harvester calls it: `cpu_pc`, `memory_pc`, `rss_mib`, `volume_data_pc` … */
          name: Type.String(),
          /** Mean of each step; null = none was reported. */
          values: Type.Array(nullable(Type.Number())),
        }),
      ),
      /** Hours until its certificates run out, by file. */
      certificates: Type.Record(Type.String(), Type.Number()),
    }),
  ),
  tookMs: Type.Number(),
});
export type PandaHarvesterMetrics = Static<typeof PandaHarvesterMetrics>;

const All = Type.Literal('ALL');
const Names = Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { minItems: 1, maxItems: 100 });

/** Workers of a queue that shall be killed. */
export const PandaSweep = Type.Object(
  {
    statuses: Type.Union([All, Names]),
    computingElements: Type.Union([All, Names]),
    submissionHosts: Type.Union([All, Names]),
  },
  { additionalProperties: false },
);
export type PandaSweep = Static<typeof PandaSweep>;

export const PandaKillWorkers = Type.Object(
  {
    workers: Type.Array(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), {
      minItems: 1,
      maxItems: 1000,
    }),
  },
  { additionalProperties: false },
);
export type PandaKillWorkers = Static<typeof PandaKillWorkers>;

export const PandaWorkersKilled = Type.Object({
  /** Workers that the Harvester is told to kill. */
  ordered: Type.Array(Type.Integer()),
  /** Those that are not, and why. */
  left: Type.Array(Type.Object({ worker: Type.Integer(), why: Type.String() })),
});
export type PandaWorkersKilled = Static<typeof PandaWorkersKilled>;
