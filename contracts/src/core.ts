import Type, { type Static } from 'typebox';

/** Instants in our own API: ISO 8601 in UTC with milliseconds. */
export const Instant = Type.String({ format: 'date-time' });
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

/** The body of every error of our own API. `code` is stable; `message` and `next` are for people. */
export const ErrorBody = Type.Object({
  code: Type.String(),
  message: Type.String(),
  next: Type.Optional(Type.String()),
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  requestId: Type.String(),
});
export type ErrorBody = Static<typeof ErrorBody>;

export const Me = Type.Object({
  name: Type.String(),
  displayName: Type.String(),
  anonymous: Type.Boolean(),
  mustChangePassword: Type.Boolean(),
  grants: Type.Array(Type.Object({ role: Type.String(), scope: nullable(Type.String()) })),
  /** Permissions the page may need to know before it offers an act. */
  permissions: Type.Array(Type.String()),
  /** Services this server runs, in the order of the navigation. */
  services: Type.Array(Type.Object({ name: Type.String(), title: Type.String() })),
  server: Type.Object({
    host: Type.String(),
    version: Type.String(),
    processes: Type.Integer(),
    database: Type.String(),
  }),
});
export type Me = Static<typeof Me>;

export const OverdueObject = Type.Object({
  service: Type.String(),
  kind: Type.String(),
  id: Type.String(),
  name: Type.String(),
  href: Type.String(),
  why: Type.String(),
  since: Instant,
  deadline: Instant,
  overdueSeconds: Type.Number(),
  owner: Type.String(),
  nextStep: Type.String(),
  act: Type.Optional(Type.Object({ label: Type.String(), href: Type.String() })),
});
export type OverdueObject = Static<typeof OverdueObject>;

export const CapacityFamily = Type.Object({
  name: Type.String(),
  perSecond: Type.Number(),
  meanMs: Type.Number(),
  /** Processes kept busy: requests per second times mean seconds (A × R). */
  busy: Type.Number(),
});

/** A × R against M × W: is there room? Means over the last five minutes of all web processes. */
export const Capacity = Type.Object({
  /** A: mean processing time in milliseconds; waits and streams are not counted. */
  meanMs: Type.Number(),
  /** R: requests per second. */
  perSecond: Type.Number(),
  /** M: hosts that run web processes. */
  hosts: Type.Integer(),
  /** W: what one host can process at a time. */
  slotsPerHost: Type.Number(),
  busy: Type.Number(),
  room: Type.Number(),
  /** Since when there are measurements; null before the first minute. */
  since: nullable(Instant),
  families: Type.Array(CapacityFamily),
  openWaits: Type.Integer(),
  openStreams: Type.Integer(),
  eventLoopDelayP99Ms: Type.Number(),
});
export type Capacity = Static<typeof Capacity>;

export const ThroughputRow = Type.Object({
  service: Type.String(),
  title: Type.String(),
  label: Type.String(),
  done: Type.Integer(),
  failed: Type.Integer(),
  waiting: Type.Integer(),
  oldestWaitingSeconds: nullable(Type.Number()),
  spark: Type.Array(Type.Number()),
});

export const HealthRow = Type.Object({
  name: Type.String(),
  state: Type.Union([Type.Literal('good'), Type.Literal('partial'), Type.Literal('bad')]),
  message: Type.String(),
  next: Type.Optional(Type.String()),
});
export type HealthRow = Static<typeof HealthRow>;

export const ScheduleRow = Type.Object({
  name: Type.String(),
  period: Type.String(),
  nextDue: nullable(Instant),
  lastStarted: nullable(Instant),
  lastDurationMs: nullable(Type.Number()),
  lastOutcome: nullable(Type.String()),
  ranOn: nullable(Type.String()),
  running: Type.Boolean(),
  paused: Type.Boolean(),
  pausedWhy: nullable(Type.String()),
});
export type ScheduleRow = Static<typeof ScheduleRow>;

export const AuditRow = Type.Object({
  id: Type.Integer(),
  at: Instant,
  actor: Type.String(),
  action: Type.String(),
  objectKind: Type.String(),
  objectId: Type.String(),
  details: Type.Record(Type.String(), Type.Unknown()),
});
export type AuditRow = Static<typeof AuditRow>;

/** Everything on the operations board, in the order in which it is shown. */
export const Board = Type.Object({
  at: Instant,
  overdue: Type.Array(OverdueObject),
  overdueTotal: Type.Integer(),
  /** Overdue objects per service, for the red numbers in the navigation. */
  overdueByService: Type.Record(Type.String(), Type.Integer()),
  watched: Type.Integer(),
  nextDeadline: nullable(Instant),
  capacity: Capacity,
  throughput: Type.Array(ThroughputRow),
  health: Type.Array(HealthRow),
  next: Type.Array(ScheduleRow),
  changes: Type.Array(AuditRow),
});
export type Board = Static<typeof Board>;

export const ProcessRow = Type.Object({
  processId: Type.String(),
  host: Type.String(),
  pid: Type.Integer(),
  role: Type.String(),
  version: Type.String(),
  startedAt: Instant,
  seenAt: Instant,
  state: Type.Union([Type.Literal('online'), Type.Literal('draining'), Type.Literal('lost')]),
  memoryMb: Type.Number(),
  eventLoopDelayP99Ms: Type.Number(),
  openWaits: Type.Integer(),
  openStreams: Type.Integer(),
});
export type ProcessRow = Static<typeof ProcessRow>;

export const FoundRow = Type.Object({
  service: Type.String(),
  kind: Type.String(),
  id: Type.String(),
  title: Type.String(),
  href: Type.String(),
  note: Type.Optional(Type.String()),
});
export type FoundRow = Static<typeof FoundRow>;

/** One server-sent event of `/api/core/events`; `id` goes back as `Last-Event-ID`. */
export const FeedEvent = Type.Object({
  id: Type.String(),
  topic: Type.String(),
  key: Type.String(),
  at: Instant,
  data: Type.Unknown(),
});
export type FeedEvent = Static<typeof FeedEvent>;

/** A page of a keyset-paged list. Cursors are opaque; null = there is nothing further that way. */
export const pageOf = <T extends Parameters<typeof Type.Array>[0]>(row: T) =>
  Type.Object({
    rows: Type.Array(row),
    newer: nullable(Type.String()),
    older: nullable(Type.String()),
    /** Estimated rows of the whole view; null when unknown. */
    about: nullable(Type.Integer()),
    tookMs: Type.Number(),
  });
