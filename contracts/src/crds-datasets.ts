/** Headers of exposures, and which of them a new context changes. */
import Type, { type Static } from 'typebox';
import { Instant, pageOf } from './core.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
const Limit = Type.Integer({ minimum: 1, maximum: 500 });
const Cursor = Type.String({ maxLength: 8000 });
const Spec = Type.String({ minLength: 1, maxLength: 200 });
const Name = Type.String({ minLength: 1, maxLength: 128 });

export const CrdsDatasetQuery = Type.Object({
  instrument: Type.Optional(Name),
  /** The beginning of the id, upper or lower case. */
  text: Type.Optional(Type.String({ maxLength: 128 })),
  /** Exposures that began at this time or later. */
  since: Type.Optional(Instant),
  before: Type.Optional(Instant),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
});
export type CrdsDatasetQuery = Static<typeof CrdsDatasetQuery>;

export const CrdsDatasetRow = Type.Object({
  /** `<product>:<exposure>`. */
  id: Type.String(),
  instrument: Type.String(),
  /** When the exposure began; null = not known. */
  date: nullable(Instant),
  registeredAt: Instant,
});
export type CrdsDatasetRow = Static<typeof CrdsDatasetRow>;

/** By id. */
export const CrdsDatasetPage = pageOf(CrdsDatasetRow);
export type CrdsDatasetPage = Static<typeof CrdsDatasetPage>;

export const CrdsDataset = Type.Object({
  ...CrdsDatasetRow.properties,
  observatory: Type.String(),
  /** By name. */
  header: Type.Array(Type.Object({ name: Type.String(), value: Type.String() })),
});
export type CrdsDataset = Static<typeof CrdsDataset>;

export const CrdsDatasetCounts = Type.Object({
  total: Type.Integer(),
  instruments: Type.Array(
    Type.Object({
      instrument: Type.String(),
      datasets: Type.Integer(),
      oldest: nullable(Instant),
      newest: nullable(Instant),
    }),
  ),
});
export type CrdsDatasetCounts = Static<typeof CrdsDatasetCounts>;

export const crdsRunStates = ['waiting', 'running', 'cancelling', 'done', 'failed', 'cancelled'] as const;
export const CrdsRunState = Type.Enum(crdsRunStates);
export type CrdsRunState = Static<typeof CrdsRunState>;

export const CrdsAffectedQuery = Type.Object({
  state: Type.Optional(Type.Array(CrdsRunState)),
  /** Either context of the comparison. */
  context: Type.Optional(Name),
  new: Type.Optional(Name),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
});
export type CrdsAffectedQuery = Static<typeof CrdsAffectedQuery>;

export const CrdsAffectedRun = Type.Object({
  id: Type.Integer(),
  old: Type.String(),
  new: Type.String(),
  state: CrdsRunState,
  /** Why it ended as it did, or waits; empty when there is nothing to say. */
  message: Type.String(),
  /** Name of who asked for it, `system` when the latest context changed. */
  by: Type.String(),
  createdAt: Instant,
  startedAt: nullable(Instant),
  endedAt: nullable(Instant),
  /** Datasets to look at; null while they are not counted. */
  total: nullable(Type.Integer()),
  looked: Type.Integer(),
  affected: Type.Integer(),
  errors: Type.Integer(),
  /** When it is expected to end, at the speed it has; null = not known or over. */
  expectedAt: nullable(Instant),
});
export type CrdsAffectedRun = Static<typeof CrdsAffectedRun>;

/** Newest first. */
export const CrdsAffectedPage = pageOf(CrdsAffectedRun);
export type CrdsAffectedPage = Static<typeof CrdsAffectedPage>;

export const CrdsAffectedWish = Type.Object(
  {
    old: Spec,
    new: Spec,
    /** Exposures since this time only; by the rules that changed when absent. */
    since: Type.Optional(Instant),
  },
  { additionalProperties: false },
);
export type CrdsAffectedWish = Static<typeof CrdsAffectedWish>;

export const CrdsAffectedDetails = Type.Object({
  ...CrdsAffectedRun.properties,
  observatory: Type.String(),
  /** What the difference of the contexts touches, and what came of it. */
  types: Type.Array(
    Type.Object({
      instrument: Type.String(),
      type: Type.String(),
      /** Exposures since then are looked at; null = all. */
      since: nullable(Type.String()),
      affected: Type.Integer(),
    }),
  ),
  /** Affected datasets by date of exposure; those without a date are in `undated`. */
  histogram: Type.Object({
    unit: Type.Union([Type.Literal('day'), Type.Literal('month'), Type.Literal('year')]),
    bars: Type.Array(Type.Object({ from: Instant, affected: Type.Integer() })),
    undated: Type.Integer(),
  }),
  /** Distinct products among the affected datasets. */
  products: Type.Integer(),
  /** The first lines of what went wrong with single datasets. */
  errorSummary: Type.String(),
  acts: Type.Object({ cancel: Type.Boolean() }),
});
export type CrdsAffectedDetails = Static<typeof CrdsAffectedDetails>;

export const CrdsAffectedRowQuery = Type.Object({
  instrument: Type.Optional(Name),
  type: Type.Optional(Name),
  /** The beginning of the id of a dataset. */
  text: Type.Optional(Type.String({ maxLength: 128 })),
  since: Type.Optional(Instant),
  before: Type.Optional(Instant),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
});
export type CrdsAffectedRowQuery = Static<typeof CrdsAffectedRowQuery>;

export const CrdsAffectedRow = Type.Object({
  dataset: Type.String(),
  instrument: Type.String(),
  date: nullable(Instant),
  type: Type.String(),
  /** What each context recommends; a text for people when it is no file. */
  old: Type.String(),
  new: Type.String(),
});
export type CrdsAffectedRow = Static<typeof CrdsAffectedRow>;

/** By dataset and type. */
export const CrdsAffectedRowPage = pageOf(CrdsAffectedRow);
export type CrdsAffectedRowPage = Static<typeof CrdsAffectedRowPage>;

export const CrdsAffectedExportQuery = Type.Object({
  ...CrdsAffectedRowQuery.properties,
  /** `csv` when absent; `ids` = product ids, one a line. */
  format: Type.Optional(Type.Enum(['csv', 'jsonl', 'ids'] as const)),
});
export type CrdsAffectedExportQuery = Static<typeof CrdsAffectedExportQuery>;
