/**
 * The JSON API of the UWS service, below `/api/uws`.
 *
 * | call | body or query | answer |
 * |---|---|---|
 * | `GET definitions` | – | `UwsDefinitionList` |
 * | `GET definitions/:name` | `?version=n` | `UwsDefinition` |
 * | `GET definitions/:name/versions` | – | `UwsDefinitionVersions` |
 * | `GET jobs` | `UwsJobFilter` + `limit`, `cursor` or `at` | `UwsJobPage` |
 * | `GET jobs/facets` | `UwsJobFilter` | `UwsJobFacets` |
 * | `GET jobs/count` | `UwsJobFilter` | `UwsJobCount`, to the unit |
 * | `GET jobs/export` | `UwsJobFilter` + `format` | the whole view as CSV, or one `UwsJobRow` a line |
 * | `POST jobs` | `UwsJobCreate`, or multipart | 201 `UwsJob` |
 * | `GET jobs/:id` | – | `UwsJob` |
 * | `PATCH jobs/:id` | `UwsJobUpdate`, or multipart (PENDING only, `destruction` in any phase) | `UwsJob` |
 * | `POST jobs/:id/phase` | `UwsPhaseChange` | `UwsJob` |
 * | `DELETE jobs/:id` | – | 204 |
 * | `DELETE jobs/:id` | `?undoSeconds=n` | 202 `UwsDeletion`: it goes then, unless `keep` comes first |
 * | `POST jobs/:id/keep` | – | `UwsJob`: takes such a deletion back |
 * | `GET jobs/:id/why` | – | `UwsWhy` |
 * | `GET jobs/:id/log` | `UwsLogQuery` | `UwsLog` |
 * | `GET jobs/:id/log/search` | `UwsLogSearchQuery` | `UwsLogSearch` |
 * | `POST jobs/:id/share` | `UwsShareWish` | 201 `UwsShare` |
 * | `GET shared/:id?expires=…&signature=…` | – | `UwsSharedJob`; a page for `Accept: text/html`, a UWS document for XML |
 *
 * A value of a `file` parameter may name what another job has, if the caller may see that job:
 * `orrery:job/{id}/result/{name}`, `orrery:job/{id}/parameter/{name}`, or of several files `…/{name}/{number from 1}`;
 * names are percent-encoded. The bytes are taken over when the job is made, and stay when the other one is deleted.
 *
 * Multipart: one field `job` holds the JSON text of the body; each file part is named after its parameter.
 * Every change of a job is an event of topic `uws.job`, key = job id, data = `UwsJobEvent`.
 */
import Type, { type Static } from 'typebox';
import { Instant, pageOf } from './core.ts';
import { Face, ObjectPromise, Why } from './explain.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

export const uwsPhases = [
  'PENDING',
  'QUEUED',
  'EXECUTING',
  'COMPLETED',
  'ERROR',
  'ABORTED',
  'UNKNOWN',
  'HELD',
  'SUSPENDED',
  'ARCHIVED',
] as const;
export const UwsPhase = Type.Enum(uwsPhases);
export type UwsPhase = Static<typeof UwsPhase>;

/** COMPLETED, ERROR, ABORTED, ARCHIVED: nothing but archiving and deletion comes after these. */
export const uwsFinalPhases: readonly UwsPhase[] = ['COMPLETED', 'ERROR', 'ABORTED', 'ARCHIVED'];

/** `file` is an upload or an address to be fetched; the others are text with a check. */
export const uwsParameterTypes = ['string', 'integer', 'number', 'boolean', 'url', 'file'] as const;
export const UwsParameterType = Type.Enum(uwsParameterTypes);
export type UwsParameterType = Static<typeof UwsParameterType>;

export const UwsParameterDescription = Type.Object({
  name: Type.String(),
  type: UwsParameterType,
  required: Type.Boolean(),
  /** The value used when none is given; null = none, the parameter is then absent. */
  default: nullable(Type.String()),
  description: Type.String(),
  unit: nullable(Type.String()),
  min: nullable(Type.Number()),
  max: nullable(Type.Number()),
  /** Closed list of values; null = any. */
  options: nullable(Type.Array(Type.String())),
  /** Longest text, in characters. */
  maxLength: nullable(Type.Integer()),
  /** Several files may be given (type `file` only). */
  multiple: Type.Boolean(),
  /** Media types a file may have, for the chooser; null = any. */
  mediaTypes: nullable(Type.Array(Type.String())),
});
export type UwsParameterDescription = Static<typeof UwsParameterDescription>;

export const UwsResultDescription = Type.Object({
  name: Type.String(),
  /** File name or glob below the job's folder. */
  file: Type.String(),
  mediaType: Type.String(),
  description: Type.String(),
  required: Type.Boolean(),
});
export type UwsResultDescription = Static<typeof UwsResultDescription>;

export const UwsDefinitionRow = Type.Object({
  name: Type.String(),
  title: Type.String(),
  description: Type.String(),
  /** Counted by this server: 1, 2, 3 … */
  version: Type.Integer(),
  /** The author's own version text; null when there is none. */
  label: nullable(Type.String()),
  contactName: nullable(Type.String()),
  /** May the caller run it? */
  mayRun: Type.Boolean(),
  /** Jobs that ended in the last 30 days, and the median of their run time in seconds; null = no run yet. */
  runs: Type.Integer(),
  medianSeconds: nullable(Type.Number()),
});
export type UwsDefinitionRow = Static<typeof UwsDefinitionRow>;

export const UwsDefinitionList = Type.Object({ rows: Type.Array(UwsDefinitionRow) });
export type UwsDefinitionList = Static<typeof UwsDefinitionList>;

export const UwsDefinitionVersions = Type.Object({
  /** Newest first. */
  rows: Type.Array(
    Type.Object({
      version: Type.Integer(),
      label: nullable(Type.String()),
      createdAt: Instant,
      createdBy: Type.String(),
    }),
  ),
});
export type UwsDefinitionVersions = Static<typeof UwsDefinitionVersions>;

export const UwsDefinition = Type.Object({
  ...UwsDefinitionRow.properties,
  documentation: nullable(Type.String()),
  parameters: Type.Array(UwsParameterDescription),
  results: Type.Array(UwsResultDescription),
  /** Seconds a job gets when it asks for nothing else, and the most it may ask for. */
  executionDuration: Type.Integer(),
  maxExecutionDuration: Type.Integer(),
  /** Days until a job is destroyed, when it asks for nothing else. */
  keepDays: Type.Number(),
  /** Largest upload in bytes. */
  maxUploadBytes: Type.Integer(),
  /** The shell script, for those who may read definitions; null when it is a program of this server. */
  script: nullable(Type.String()),
  /** Name of that program; null when it is a script. */
  program: nullable(Type.String()),
  /** Memory of a job, MB. */
  memoryMb: Type.Integer(),
  createdAt: Instant,
  createdBy: Type.String(),
});
export type UwsDefinition = Static<typeof UwsDefinition>;

/** Filters are joined by AND; `phase` may be repeated. Without `phase` ARCHIVED jobs are left out. */
export const UwsJobFilter = Type.Object({
  phase: Type.Optional(Type.Array(UwsPhase)),
  definition: Type.Optional(Type.String()),
  owner: Type.Optional(Type.String()),
  /** Part of the run id, upper or lower case. */
  runId: Type.Optional(Type.String({ maxLength: 200 })),
  createdAfter: Type.Optional(Instant),
  createdBefore: Type.Optional(Instant),
});
export type UwsJobFilter = Static<typeof UwsJobFilter>;

export const UwsJobQuery = Type.Object({
  ...UwsJobFilter.properties,
  /** 1 to 500; 100 when absent. */
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  /** `newer` or `older` of an earlier page. */
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  /** The page begins with the newest job made at this instant or before. Without meaning beside `cursor`. */
  at: Type.Optional(Instant),
});
export type UwsJobQuery = Static<typeof UwsJobQuery>;

export const UwsJobExportQuery = Type.Object({
  ...UwsJobFilter.properties,
  /** `csv` when absent. */
  format: Type.Optional(Type.Union([Type.Literal('csv'), Type.Literal('jsonl')])),
});
export type UwsJobExportQuery = Static<typeof UwsJobExportQuery>;

export const UwsJobCount = Type.Object({ count: Type.Integer(), tookMs: Type.Number() });
export type UwsJobCount = Static<typeof UwsJobCount>;

export const UwsJobRow = Type.Object({
  id: Type.String(),
  definition: Type.String(),
  runId: nullable(Type.String()),
  /** Null = made without an identity. */
  owner: nullable(Type.String()),
  phase: UwsPhase,
  createdAt: Instant,
  startedAt: nullable(Instant),
  endedAt: nullable(Instant),
  /** When the job should have left its present phase; null = no limit or final. */
  deadline: nullable(Instant),
  overdue: Type.Boolean(),
  /** One sentence on the failure; null = none. */
  error: nullable(Type.String()),
});
export type UwsJobRow = Static<typeof UwsJobRow>;

/** Newest first. */
export const UwsJobPage = pageOf(UwsJobRow);
export type UwsJobPage = Static<typeof UwsJobPage>;

export const UwsJobFacets = Type.Object({
  /** Jobs per phase with all filters applied but `phase`; a phase without jobs is 0. */
  phases: Type.Record(Type.String(), Type.Integer()),
  /** False when counting stopped early: then each number is "at least". */
  exact: Type.Boolean(),
  tookMs: Type.Number(),
});
export type UwsJobFacets = Static<typeof UwsJobFacets>;

export const UwsJobParameter = Type.Object({
  name: Type.String(),
  /** The text, or for a file its name or address. */
  value: Type.String(),
  type: UwsParameterType,
  unit: nullable(Type.String()),
  /** True when the caller gave nothing and this is the definition's default. */
  isDefault: Type.Boolean(),
  /** For files: where the bytes are and how many; null when it is no file or not fetched yet. */
  href: nullable(Type.String()),
  sizeBytes: nullable(Type.Integer()),
  /** How many files the parameter has; absent when it is no file. */
  files: Type.Optional(Type.Integer()),
  /** What of other jobs these files were taken from, as `orrery:job/…`; absent when nothing was. */
  from: Type.Optional(Type.Array(Type.String())),
});
export type UwsJobParameter = Static<typeof UwsJobParameter>;

/** How a result can be shown without leaving the page; `null` = download only. */
export const UwsPreview = Type.Union([
  Type.Literal('image'),
  Type.Literal('text'),
  Type.Literal('json'),
  Type.Literal('table'),
  Type.Literal('votable'),
  Type.Literal('fits'),
  /** JSON of the form `{edges: number[], counts: number[]}`. */
  Type.Literal('histogram'),
  Type.Null(),
]);
export type UwsPreview = Static<typeof UwsPreview>;

export const UwsResult = Type.Object({
  name: Type.String(),
  fileName: Type.String(),
  mediaType: Type.String(),
  sizeBytes: Type.Integer(),
  /** Path of the bytes on this server; answers ranges. */
  href: Type.String(),
  /** The same with `attachment` disposition. */
  downloadHref: Type.String(),
  preview: UwsPreview,
  sha256: Type.String(),
  /** Id under OPUS's `/store?ID=…` and `/store/{entity}/{file name}`. */
  entity: Type.String(),
});
export type UwsResult = Static<typeof UwsResult>;

export const UwsPhaseEntry = Type.Object({
  phase: UwsPhase,
  at: Instant,
  /** Who or what caused it, as a sentence. */
  why: Type.String(),
});
export type UwsPhaseEntry = Static<typeof UwsPhaseEntry>;

export const UwsPromise = ObjectPromise;
export type UwsPromise = ObjectPromise;

/** The run on a computer; null until the job has been handed to one. */
export const UwsWhere = Type.Object({
  /** Name of the back end, for example `local`. */
  backend: Type.String(),
  host: nullable(Type.String()),
  runId: Type.String(),
  isolation: nullable(Type.String()),
  exitCode: nullable(Type.Integer()),
  signal: nullable(Type.String()),
  peakMemoryBytes: nullable(Type.Integer()),
  cpuSeconds: nullable(Type.Number()),
});
export type UwsWhere = Static<typeof UwsWhere>;

/** What the caller may do with this job now. */
export const UwsActs = Type.Object({
  run: Type.Boolean(),
  abort: Type.Boolean(),
  update: Type.Boolean(),
  delete: Type.Boolean(),
  /** False for others' jobs and when the operator has switched sharing off. */
  share: Type.Boolean(),
});

export const UwsJob = Type.Object({
  ...UwsJobRow.properties,
  definitionVersion: Type.Integer(),
  definitionTitle: Type.String(),
  /** Seconds; 0 = unlimited. */
  executionDuration: Type.Integer(),
  destruction: nullable(Instant),
  /** When a deletion takes place that can still be taken back; null = nobody has deleted it. */
  deletesAt: nullable(Instant),
  parameters: Type.Array(UwsJobParameter),
  results: Type.Array(UwsResult),
  phases: Type.Array(UwsPhaseEntry),
  /** Null once the job is final. */
  promise: nullable(UwsPromise),
  where: nullable(UwsWhere),
  acts: UwsActs,
  /** Path of the job as a UWS document. */
  uwsHref: Type.String(),
});
export type UwsJob = Static<typeof UwsJob>;

export const UwsFace = Face;
export type UwsFace = Face;

export const UwsWhy = Why;
export type UwsWhy = Why;

export const UwsLogQuery = Type.Object({
  stream: Type.Optional(Type.Union([Type.Literal('stdout'), Type.Literal('stderr')])),
  /** First byte wanted; negative = that many bytes before the end. 0 when absent. */
  fromByte: Type.Optional(Type.Integer()),
  /** At most this many bytes, 1 to 1,048,576; 65,536 when absent. */
  maxBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_048_576 })),
});
export type UwsLogQuery = Static<typeof UwsLogQuery>;

export const UwsLog = Type.Object({
  /** Whole UTF-8 characters; bytes that are none become U+FFFD. */
  text: Type.String(),
  fromByte: Type.Integer(),
  /** Ask for this byte next. */
  nextByte: Type.Integer(),
  /** True when the job is final and `nextByte` is the end: nothing will follow. */
  ended: Type.Boolean(),
  sizeBytes: Type.Integer(),
});
export type UwsLog = Static<typeof UwsLog>;

export const UwsLogSearchQuery = Type.Object({
  stream: Type.Optional(Type.Union([Type.Literal('stdout'), Type.Literal('stderr')])),
  /** Plain text, found in upper and lower case; no expression. */
  q: Type.String({ minLength: 1, maxLength: 200 }),
});
export type UwsLogSearchQuery = Static<typeof UwsLogSearchQuery>;

export const UwsLogHit = Type.Object({
  /** Counted from 1. */
  line: Type.Integer(),
  /** Where the line begins. */
  fromByte: Type.Integer(),
  /** The beginning of the line. */
  text: Type.String(),
});
export type UwsLogHit = Static<typeof UwsLogHit>;

export const UwsLogSearch = Type.Object({
  /** All matches, and all lines that hold one. */
  matches: Type.Integer(),
  lines: Type.Integer(),
  /** The first of these lines. */
  hits: Type.Array(UwsLogHit),
  scannedBytes: Type.Integer(),
  sizeBytes: Type.Integer(),
  /** False when the log is longer than one search reads: then the numbers are those of its first part. */
  complete: Type.Boolean(),
});
export type UwsLogSearch = Static<typeof UwsLogSearch>;

/** Values are text as a form would send them; a list only where the parameter takes several. */
export const UwsParameterValues = Type.Record(
  Type.String(),
  Type.Union([Type.String(), Type.Array(Type.String())]),
);

export const UwsJobCreate = Type.Object(
  {
    definition: Type.String({ minLength: 1, maxLength: 100 }),
    runId: Type.Optional(Type.String({ maxLength: 200 })),
    parameters: Type.Optional(UwsParameterValues),
    executionDuration: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
    destruction: Type.Optional(Instant),
    /** True = also RUN it. */
    run: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type UwsJobCreate = Static<typeof UwsJobCreate>;

export const UwsJobUpdate = Type.Object(
  {
    runId: Type.Optional(Type.String({ maxLength: 200 })),
    parameters: Type.Optional(UwsParameterValues),
    executionDuration: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
    destruction: Type.Optional(nullable(Instant)),
  },
  { additionalProperties: false },
);
export type UwsJobUpdate = Static<typeof UwsJobUpdate>;

export const UwsPhaseChange = Type.Object(
  { phase: Type.Union([Type.Literal('RUN'), Type.Literal('ABORT'), Type.Literal('ARCHIVE')]) },
  { additionalProperties: false },
);
export type UwsPhaseChange = Static<typeof UwsPhaseChange>;

export const UwsDeleteQuery = Type.Object({
  /** Seconds in which the deletion can be taken back; 0 or absent = it is gone at once. */
  undoSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 3600 })),
});
export type UwsDeleteQuery = Static<typeof UwsDeleteQuery>;

export const UwsDeletion = Type.Object({ id: Type.String(), deletesAt: Instant });
export type UwsDeletion = Static<typeof UwsDeletion>;

export const UwsShareWish = Type.Object(
  {
    /** How long the addresses shall open; 24 when absent. More than the operator allows is shortened. */
    hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 87_600 })),
  },
  { additionalProperties: false },
);
export type UwsShareWish = Static<typeof UwsShareWish>;

export const UwsSharedFile = Type.Object({
  name: Type.String(),
  fileName: Type.String(),
  mediaType: Type.String(),
  sizeBytes: Type.Integer(),
  /** Absolute; ends in the file's name before the query, so that desktop tools (SAMP) can fetch it as well. */
  href: Type.String(),
});
export type UwsSharedFile = Static<typeof UwsSharedFile>;

/** Addresses that open without an account until `expiresAt`. They cannot be taken back earlier but by deleting the job. */
export const UwsShare = Type.Object({
  expiresAt: Instant,
  /** Hours that were granted. */
  hours: Type.Integer(),
  /** Absolute address of the read-only document of the job: `UwsSharedJob`, a page or a UWS document. */
  jobHref: Type.String(),
  results: Type.Array(UwsSharedFile),
});
export type UwsShare = Static<typeof UwsShare>;

/** What a link to a job shows. Uploaded inputs are named, not given. */
export const UwsSharedJob = Type.Object({
  id: Type.String(),
  definition: Type.String(),
  definitionTitle: Type.String(),
  definitionVersion: Type.Integer(),
  runId: nullable(Type.String()),
  phase: UwsPhase,
  createdAt: Instant,
  startedAt: nullable(Instant),
  endedAt: nullable(Instant),
  error: nullable(Type.String()),
  parameters: Type.Array(Type.Object({ name: Type.String(), value: Type.String() })),
  results: Type.Array(UwsSharedFile),
  expiresAt: Instant,
});
export type UwsSharedJob = Static<typeof UwsSharedJob>;

/** Data of an event of topic `uws.job`; phase `DELETED` says that the job is gone. */
export const UwsJobEvent = Type.Object({
  definition: Type.String(),
  phase: Type.String(),
  ownerId: nullable(Type.String()),
});
export type UwsJobEvent = Static<typeof UwsJobEvent>;
