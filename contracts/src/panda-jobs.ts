/** Lists of jobs, live ones and the archive together: newest first by job id, with places instead of page numbers. */
import Type, { type Static } from 'typebox';
import { Instant, pageOf } from './core.ts';
import { PandaErrorSource, PandaJobCounts, PandaJobState } from './panda-states.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
const Name = Type.String({ minLength: 1, maxLength: 250 });

/** Filters are joined by AND; `status` may be repeated. */
export const PandaJobFilter = Type.Object({
  status: Type.Optional(Type.Array(PandaJobState)),
  queue: Type.Optional(Name),
  owner: Type.Optional(Name),
  /** Task id. */
  task: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  /** prodSourceLabel */
  label: Type.Optional(Name),
  share: Type.Optional(Name),
  processingType: Type.Optional(Name),
  resourceType: Type.Optional(Name),
  vo: Type.Optional(Name),
  workingGroup: Type.Optional(Name),
  errorSource: Type.Optional(PandaErrorSource),
  errorCode: Type.Optional(Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647 })),
  /** Worker node, as the pilot names it. */
  node: Type.Optional(Name),
  /** The beginning of the job's name. */
  text: Type.Optional(Type.String({ maxLength: 250 })),
  createdAfter: Type.Optional(Instant),
  createdBefore: Type.Optional(Instant),
  /** Last change. */
  modifiedAfter: Type.Optional(Instant),
  modifiedBefore: Type.Optional(Instant),
});
export type PandaJobFilter = Static<typeof PandaJobFilter>;

export const PandaJobQuery = Type.Object({
  ...PandaJobFilter.properties,
  /** 1 to 500; 100 when absent. */
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  /** `newer` or `older` of an earlier page. */
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
});
export type PandaJobQuery = Static<typeof PandaJobQuery>;

export const PandaJobExportQuery = Type.Object({
  ...PandaJobFilter.properties,
  /** `csv` when absent. */
  format: Type.Optional(Type.Union([Type.Literal('csv'), Type.Literal('jsonl')])),
});
export type PandaJobExportQuery = Static<typeof PandaJobExportQuery>;

/** The error that says most. */
export const PandaMainError = Type.Object({
  source: PandaErrorSource,
  code: Type.Integer(),
  /** What this code means; null when it is not known. */
  meaning: nullable(Type.String()),
  /** Text of whoever reported it, cut at 500 characters. */
  diag: Type.String(),
});
export type PandaMainError = Static<typeof PandaMainError>;

export const PandaJobRow = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  status: PandaJobState,
  statusSince: Instant,
  subStatus: nullable(Type.String()),
  task: nullable(Type.Integer()),
  queue: Type.String(),
  owner: Type.String(),
  vo: nullable(Type.String()),
  workingGroup: nullable(Type.String()),
  label: Type.String(),
  processingType: nullable(Type.String()),
  share: Type.String(),
  resourceType: Type.String(),
  cores: Type.Integer(),
  priority: Type.Integer(),
  attempt: Type.Integer(),
  maxAttempt: Type.Integer(),
  node: nullable(Type.String()),
  createdAt: Instant,
  startedAt: nullable(Instant),
  endedAt: nullable(Instant),
  modifiedAt: Instant,
  /** When the server ends or repeats it unless it leaves its state before; null = final. */
  deadline: nullable(Instant),
  overdue: Type.Boolean(),
  error: nullable(PandaMainError),
});
export type PandaJobRow = Static<typeof PandaJobRow>;

const SearchedTo = Type.Object({ id: Type.Integer(), createdAt: nullable(Instant) });

/**
 * Newest first. A page may hold fewer rows than asked for and still have `older`: then the search has got as far as
 * `searchedTo` in its time, and the next page goes on from there.
 */
export const PandaJobPage = Type.Object({
  ...pageOf(PandaJobRow).properties,
  searchedTo: nullable(SearchedTo),
});
export type PandaJobPage = Static<typeof PandaJobPage>;

export const PandaJobFacets = Type.Object({
  /** Jobs per state with all filters applied but `status`; final ones are those of the last `finalHours`. */
  states: PandaJobCounts,
  /** Final jobs are counted as far back as this; null = all of them. */
  finalHours: nullable(Type.Integer()),
  /** False when counting stopped early: then each number is "at least". */
  exact: Type.Boolean(),
  tookMs: Type.Number(),
});
export type PandaJobFacets = Static<typeof PandaJobFacets>;

export const pandaBulkActs = ['kill', 'retry', 'priority'] as const;

export const PandaBulkAct = Type.Object(
  {
    act: Type.Enum(pandaBulkActs),
    ids: Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), {
      minItems: 1,
      maxItems: 1000,
    }),
    /** For `priority`. */
    priority: Type.Optional(Type.Integer({ minimum: -1_000_000, maximum: 1_000_000 })),
    /** For `retry`: memory in MB of the new jobs. */
    memoryMb: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
  },
  { additionalProperties: false },
);
export type PandaBulkAct = Static<typeof PandaBulkAct>;

export const PandaBulkActed = Type.Object({
  /** In the order asked for. */
  rows: Type.Array(
    Type.Object({
      id: Type.Integer(),
      done: Type.Boolean(),
      /** What was done, or why not. */
      message: Type.String(),
      /** The job that `retry` made. */
      newId: nullable(Type.Integer()),
    }),
  ),
});
export type PandaBulkActed = Static<typeof PandaBulkActed>;

/** Data of an event of topic `panda.job`. */
export const PandaJobEvent = Type.Object({
  status: PandaJobState,
  queue: Type.String(),
  task: nullable(Type.Integer()),
  /** Number of the owner's account. */
  account: nullable(Type.Integer()),
});
export type PandaJobEvent = Static<typeof PandaJobEvent>;
