/** Queues: computing resources with a document that pilots read, a status and a calendar of downtimes. */
import Type, { type Static } from 'typebox';
import { Instant } from './core.ts';
import { Why } from './explain.ts';
import { PandaJobCounts, PandaQueueState } from './panda-states.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

export const PandaQueueQuery = Type.Object({
  status: Type.Optional(Type.Array(PandaQueueState)),
  /** Part of the name of the queue or its site, upper or lower case. */
  text: Type.Optional(Type.String({ maxLength: 200 })),
});
export type PandaQueueQuery = Static<typeof PandaQueueQuery>;

export const PandaQueueRow = Type.Object({
  queue: Type.String(),
  site: Type.String(),
  /** Null: every VO may use it. */
  vo: nullable(Type.String()),
  /** As it holds now, downtimes included. */
  status: PandaQueueState,
  statusReason: Type.String(),
  statusSince: Instant,
  statusBy: Type.String(),
  /** Live jobs. */
  jobs: PandaJobCounts,
  /** Jobs that ended in this full hour and the one before. */
  finished: Type.Integer(),
  failed: Type.Integer(),
  /** Jobs that pilots asked for in the last hour, and those they got. */
  asked: Type.Integer(),
  given: Type.Integer(),
  /** When a pilot last asked for a job. */
  lastPilotAt: nullable(Instant),
  /** When a pilot last asked for a job or reported on one. */
  lastActivityAt: nullable(Instant),
  /** The end of a downtime that holds now. */
  downtimeUntil: nullable(Instant),
  /**
   * Jobs among the 200 that wait longest that no pilot of the queue can take, the oldest of them, and why, as half a
   * sentence; null: there are none.
   */
  stuck: nullable(Type.Object({ jobs: Type.Integer(), job: Type.Integer(), why: Type.String() })),
  version: Type.Integer(),
  modifiedAt: Instant,
});
export type PandaQueueRow = Static<typeof PandaQueueRow>;

/** By name. */
export const PandaQueueList = Type.Object({ rows: Type.Array(PandaQueueRow), tookMs: Type.Number() });
export type PandaQueueList = Static<typeof PandaQueueList>;

/** The description that pilots download: one flat object. */
export const PandaQueueDocument = Type.Record(Type.String(), Type.Unknown());
export type PandaQueueDocument = Static<typeof PandaQueueDocument>;

export const PandaQueueVersionRow = Type.Object({
  version: Type.Integer(),
  at: Instant,
  by: Type.String(),
  why: Type.String(),
  status: PandaQueueState,
});
export type PandaQueueVersionRow = Static<typeof PandaQueueVersionRow>;

export const PandaQueueVersion = Type.Object({
  ...PandaQueueVersionRow.properties,
  document: PandaQueueDocument,
});
export type PandaQueueVersion = Static<typeof PandaQueueVersion>;

/** What a queue becomes while a downtime lasts. */
export const pandaDowntimeStates = ['test', 'brokeroff', 'offline', 'paused'] as const;

export const PandaDowntimeWish = Type.Object(
  {
    startsAt: Instant,
    endsAt: Instant,
    status: Type.Enum(pandaDowntimeStates),
    reason: Type.String({ minLength: 1, maxLength: 500 }),
  },
  { additionalProperties: false },
);
export type PandaDowntimeWish = Static<typeof PandaDowntimeWish>;

export const PandaDowntime = Type.Object({
  id: Type.Integer(),
  queue: Type.String(),
  startsAt: Instant,
  endsAt: Instant,
  status: Type.Enum(pandaDowntimeStates),
  reason: Type.String(),
  by: Type.String(),
});
export type PandaDowntime = Static<typeof PandaDowntime>;

/** The pilots that this server keeps alive for the queue. */
export const PandaFactoryState = Type.Object({
  /** Compute back end that starts the pilots. */
  backend: Type.String(),
  /** own or pilot3. */
  pilot: Type.String(),
  /** As many as there is work for, those alive among them; never more than `max`. */
  wanted: Type.Integer(),
  alive: Type.Integer(),
  /** Of those alive the ones that wait for a slot of the computer. */
  queued: Type.Integer(),
  /** At most so many at a time. */
  max: Type.Integer(),
  /** Why there are not more; a sentence. */
  why: Type.String(),
  lastStartedAt: nullable(Instant),
  /** Until then none is started, since the last ones found nothing to do. */
  pausedUntil: nullable(Instant),
  /** Whether its jobs are kept from the token of their pilot; a sentence for people, with what mends it. */
  isolation: Type.Object({ isSafe: Type.Boolean(), why: Type.String() }),
});
export type PandaFactoryState = Static<typeof PandaFactoryState>;

/** Live jobs of one share in a queue. */
export const PandaQueueShareRow = Type.Object({ share: Type.String(), jobs: PandaJobCounts });
export type PandaQueueShareRow = Static<typeof PandaQueueShareRow>;

export const PandaQueueActs = Type.Object({
  /** Change document, status and downtimes. */
  change: Type.Boolean(),
});

export const PandaQueue = Type.Object({
  ...PandaQueueRow.properties,
  document: PandaQueueDocument,
  /** What was set by people or programs, without downtimes. */
  setStatus: PandaQueueState,
  /** Newest first. */
  versions: Type.Array(PandaQueueVersionRow),
  /** Those that are not over, first to come first. */
  downtimes: Type.Array(PandaDowntime),
  byShare: Type.Array(PandaQueueShareRow),
  /** Why its pilots get nothing, or that they do. */
  why: Why,
  /** Null when it names no compute back end: pilots are started by others. */
  factory: nullable(PandaFactoryState),
  acts: PandaQueueActs,
});
export type PandaQueue = Static<typeof PandaQueue>;

export const PandaQueuePut = Type.Object(
  {
    document: PandaQueueDocument,
    /** One sentence for the list of versions. */
    why: Type.Optional(Type.String({ maxLength: 500 })),
    /** The version this one was made from, 0 for a new queue; absent = whatever it is. */
    from: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);
export type PandaQueuePut = Static<typeof PandaQueuePut>;

export const PandaQueueStatusChange = Type.Object(
  { status: PandaQueueState, reason: Type.String({ minLength: 1, maxLength: 500 }) },
  { additionalProperties: false },
);
export type PandaQueueStatusChange = Static<typeof PandaQueueStatusChange>;

export const PandaQueueKey = Type.Object({
  name: Type.String(),
  /** Heading it stands under. */
  group: Type.String(),
  type: Type.Union([
    Type.Literal('string'),
    Type.Literal('integer'),
    Type.Literal('number'),
    Type.Literal('boolean'),
    Type.Literal('object'),
    Type.Literal('array'),
  ]),
  required: Type.Boolean(),
  help: Type.String(),
  unit: nullable(Type.String()),
  /** Closed list of values; null = any. */
  options: nullable(Type.Array(Type.String())),
  /** What holds when it is absent, as JSON; null = nothing. */
  default: nullable(Type.String()),
});
export type PandaQueueKey = Static<typeof PandaQueueKey>;

export const PandaQueueSchema = Type.Object({ keys: Type.Array(PandaQueueKey) });
export type PandaQueueSchema = Static<typeof PandaQueueSchema>;

export const PandaQueueImport = Type.Object(
  {
    /** Documents keyed by queue name, as CRIC writes them. */
    queues: Type.Record(Type.String(), PandaQueueDocument),
    why: Type.Optional(Type.String({ maxLength: 500 })),
    /** True = only say what would change. */
    dryRun: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type PandaQueueImport = Static<typeof PandaQueueImport>;

export const PandaQueueImported = Type.Object({
  added: Type.Array(Type.String()),
  changed: Type.Array(Type.String()),
  unchanged: Type.Array(Type.String()),
  refused: Type.Array(Type.Object({ queue: Type.String(), why: Type.String() })),
});
export type PandaQueueImported = Static<typeof PandaQueueImported>;
