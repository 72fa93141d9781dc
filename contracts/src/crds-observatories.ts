/** Observatories: each is a service of its own to clients of CRDS, with its contexts and files. */
import Type, { type Static } from 'typebox';
import { Instant } from './core.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

export const crdsContextKinds = ['latest', 'edit', 'versions', 'build'] as const;
/** What a context is for. The old name of latest is "operational". */
export const CrdsContextKind = Type.Enum(crdsContextKinds);
export type CrdsContextKind = Static<typeof CrdsContextKind>;

/** Whether the caller may do these things here. */
export const CrdsActs = Type.Object({
  /** Set contexts, mark files, start and cancel runs. */
  operate: Type.Boolean(),
  /** Register headers of datasets. */
  register: Type.Boolean(),
});
export type CrdsActs = Static<typeof CrdsActs>;

export const CrdsObservatoryCounts = Type.Object({
  mappings: Type.Integer(),
  references: Type.Integer(),
  /** Names of files that are marked bad, or use one that is. */
  bad: Type.Integer(),
  /** Files whose bytes are here, or where the operator left them. */
  held: Type.Integer(),
  datasets: Type.Integer(),
});
export type CrdsObservatoryCounts = Static<typeof CrdsObservatoryCounts>;

export const CrdsObservatoryRow = Type.Object({
  observatory: Type.String(),
  title: Type.String(),
  /** Names of pmaps; null = none is set. */
  contexts: Type.Object({
    latest: nullable(Type.String()),
    edit: nullable(Type.String()),
    versions: nullable(Type.String()),
    build: nullable(Type.String()),
  }),
  /** When the latest context became it. */
  latestSince: nullable(Instant),
  counts: CrdsObservatoryCounts,
  /** Address for clients of CRDS, absolute. */
  serverUrl: Type.String(),
  /** Upstream server this one mirrors; null = none. */
  upstream: nullable(Type.String()),
  changedAt: Instant,
});
export type CrdsObservatoryRow = Static<typeof CrdsObservatoryRow>;

/** By name. */
export const CrdsObservatoryList = Type.Object({
  rows: Type.Array(CrdsObservatoryRow),
  tookMs: Type.Number(),
});
export type CrdsObservatoryList = Static<typeof CrdsObservatoryList>;

export const CrdsMirrorSummary = Type.Object({
  upstream: Type.String(),
  state: Type.Union([Type.Literal('good'), Type.Literal('partial'), Type.Literal('bad')]),
  /** One sentence: what it last heard from upstream, or since when nothing. */
  message: Type.String(),
  /** When upstream last answered as it should. */
  lastGoodAt: nullable(Instant),
});
export type CrdsMirrorSummary = Static<typeof CrdsMirrorSummary>;

export const CrdsScrubSummary = Type.Object({
  state: Type.Union([Type.Literal('good'), Type.Literal('partial'), Type.Literal('bad')]),
  /** One sentence: is every file sound, proven when. */
  message: Type.String(),
  /** Every file was read and found sound at this time or later; null = not all have been read yet. */
  provenAt: nullable(Instant),
  problems: Type.Integer(),
});
export type CrdsScrubSummary = Static<typeof CrdsScrubSummary>;

export const CrdsObservatory = Type.Object({
  ...CrdsObservatoryRow.properties,
  /** Variables a shell of a client needs, in this order. */
  environment: Type.Array(Type.Object({ name: Type.String(), value: Type.String(), why: Type.String() })),
  instruments: Type.Array(Type.String()),
  /** Null when it mirrors nothing. */
  mirror: nullable(CrdsMirrorSummary),
  /** Null before the first look at its files. */
  scrub: nullable(CrdsScrubSummary),
  acts: CrdsActs,
});
export type CrdsObservatory = Static<typeof CrdsObservatory>;

export const CrdsHomeQuery = Type.Object({
  /** A pmap, or a name like `hst-latest`; the latest context when absent. */
  context: Type.Optional(Type.String({ maxLength: 200 })),
});
export type CrdsHomeQuery = Static<typeof CrdsHomeQuery>;

export const CrdsHomeType = Type.Object({
  type: Type.String(),
  /** Null when the type does not apply to the instrument or is left out. */
  rmap: nullable(Type.String()),
  /** `N/A` or `OMIT` as the imap says it; null when there are rules. */
  special: nullable(Type.String()),
  references: Type.Integer(),
  /** The reference of the newest activation, for a type with one file "the" file; null without any. */
  newest: nullable(Type.Object({ name: Type.String(), activatedAt: nullable(Instant) })),
  bad: Type.Integer(),
});
export type CrdsHomeType = Static<typeof CrdsHomeType>;

export const CrdsHomeInstrument = Type.Object({
  instrument: Type.String(),
  imap: nullable(Type.String()),
  special: nullable(Type.String()),
  references: Type.Integer(),
  types: Type.Array(CrdsHomeType),
});
export type CrdsHomeInstrument = Static<typeof CrdsHomeInstrument>;

/** Instruments and types of one context with counts; the files of a type are `GET contexts/:context/references`. */
export const CrdsHome = Type.Object({
  context: Type.String(),
  mappings: Type.Integer(),
  references: Type.Integer(),
  instruments: Type.Array(CrdsHomeInstrument),
  tookMs: Type.Number(),
});
export type CrdsHome = Static<typeof CrdsHome>;
