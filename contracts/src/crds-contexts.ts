/** Contexts: complete versions of all rules of an observatory. */
import Type, { type Static } from 'typebox';
import { Instant, pageOf } from './core.ts';
import { CrdsFileRow, CrdsFileState } from './crds-files.ts';
import { CrdsContextKind, CrdsHomeInstrument } from './crds-observatories.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
const Limit = Type.Integer({ minimum: 1, maximum: 500 });
const Cursor = Type.String({ maxLength: 400 });
/** A mapping, or a symbolic or dated name: `hst_0349.pmap`, `hst-latest`, `hst-2014-11-30T00:00:00`. */
const Spec = Type.String({ minLength: 1, maxLength: 200 });

export const CrdsContextQuery = Type.Object({
  /** Part of the name. */
  text: Type.Optional(Type.String({ maxLength: 128 })),
  /** True: only contexts that were or are latest. */
  wasLatest: Type.Optional(Type.Boolean()),
  bad: Type.Optional(Type.Boolean()),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
});
export type CrdsContextQuery = Static<typeof CrdsContextQuery>;

export const CrdsContextRow = Type.Object({
  name: Type.String(),
  state: CrdsFileState,
  /** What it is now: latest, edit, versions, build, or nothing. */
  roles: Type.Array(CrdsContextKind),
  derivedFrom: Type.String(),
  rejected: Type.Boolean(),
  blacklisted: Type.Boolean(),
  badReason: Type.String(),
  /** Why it cannot be used, `file:line:column: expected …` of one mapping that it leads to; null = nothing is known against it. */
  unusable: nullable(Type.String()),
  /** When it last became the latest one, and what was said then; null = it never was. */
  latestAt: nullable(Instant),
  description: nullable(Type.String()),
  /** Calibration versions it is the build context of. */
  builds: Type.Array(Type.String()),
  deliveredAt: nullable(Instant),
  addedAt: Instant,
});
export type CrdsContextRow = Static<typeof CrdsContextRow>;

/** Newest serial number first. */
export const CrdsContextPage = pageOf(CrdsContextRow);
export type CrdsContextPage = Static<typeof CrdsContextPage>;

export const CrdsHistoryQuery = Type.Object({
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
});
export type CrdsHistoryQuery = Static<typeof CrdsHistoryQuery>;

export const CrdsHistoryRow = Type.Object({
  id: Type.Integer(),
  startedAt: Instant,
  /** When the next one took its place; null = it is the latest now. */
  endedAt: nullable(Instant),
  context: Type.String(),
  description: Type.String(),
  by: Type.String(),
  /** Names of the context before this one: what to compare with. */
  before: nullable(Type.String()),
});
export type CrdsHistoryRow = Static<typeof CrdsHistoryRow>;

/** When which context was latest, newest first. */
export const CrdsHistoryPage = pageOf(CrdsHistoryRow);
export type CrdsHistoryPage = Static<typeof CrdsHistoryPage>;

/** Contexts of versions of the calibration software, newest version first. */
export const CrdsBuildList = Type.Object({
  rows: Type.Array(
    Type.Object({
      calibrationVersion: Type.String(),
      context: Type.String(),
      setAt: Instant,
      by: Type.String(),
    }),
  ),
});
export type CrdsBuildList = Static<typeof CrdsBuildList>;

/** What pipelines elsewhere say they use. */
export const CrdsRemoteContextList = Type.Object({
  rows: Type.Array(
    Type.Object({
      pipeline: Type.String(),
      kind: Type.String(),
      context: Type.String(),
      pushedAt: Instant,
      /** It is the latest context of this server. */
      isLatest: Type.Boolean(),
    }),
  ),
});
export type CrdsRemoteContextList = Static<typeof CrdsRemoteContextList>;

export const CrdsResolveQuery = Type.Object({ spec: Spec });
export type CrdsResolveQuery = Static<typeof CrdsResolveQuery>;

export const CrdsResolved = Type.Object({ spec: Type.String(), mapping: Type.String() });
export type CrdsResolved = Static<typeof CrdsResolved>;

export const CrdsContext = Type.Object({
  ...CrdsContextRow.properties,
  observatory: Type.String(),
  mappings: Type.Integer(),
  references: Type.Integer(),
  /** Files of its closure that are bad, at most a hundred. */
  badFiles: Type.Array(Type.Object({ name: Type.String(), reason: Type.String() })),
  instruments: Type.Array(CrdsHomeInstrument),
  /** Header parameter that names the instrument. */
  instrumentKey: Type.String(),
  history: Type.Array(CrdsHistoryRow),
  /** The context it was made from and those made from it; what to compare with. */
  neighbours: Type.Object({ older: nullable(Type.String()), newer: nullable(Type.String()) }),
  /** Why it cannot be set latest, for each a sentence; empty = it can. Null when the caller may not set contexts. */
  obstacles: nullable(Type.Array(Type.String())),
});
export type CrdsContext = Static<typeof CrdsContext>;

export const CrdsContextReferenceQuery = Type.Object({
  instrument: Type.Optional(Type.String({ maxLength: 128 })),
  type: Type.Optional(Type.String({ maxLength: 128 })),
  /** Part of the name, or a pattern with `*` and `?`. */
  text: Type.Optional(Type.String({ maxLength: 128 })),
  bad: Type.Optional(Type.Boolean()),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
});
export type CrdsContextReferenceQuery = Static<typeof CrdsContextReferenceQuery>;

export const CrdsContextReferenceRow = Type.Object({
  name: Type.String(),
  instrument: Type.String(),
  type: Type.String(),
  /** The rules that name it. */
  rmap: Type.String(),
  /** Null when the catalogue does not have it: only rules name it. */
  file: nullable(CrdsFileRow),
});
export type CrdsContextReferenceRow = Static<typeof CrdsContextReferenceRow>;

/** By rmap, then by name. */
export const CrdsContextReferencePage = pageOf(CrdsContextReferenceRow);
export type CrdsContextReferencePage = Static<typeof CrdsContextReferencePage>;

export const CrdsContextSet = Type.Object(
  {
    kind: CrdsContextKind,
    context: Spec,
    description: Type.String({ minLength: 1, maxLength: 500 }),
    /** For `build`: the version of the calibration software. */
    calibrationVersion: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  },
  { additionalProperties: false },
);
export type CrdsContextSet = Static<typeof CrdsContextSet>;

/** Data of an event of topic `crds.context`, key = observatory. */
export const CrdsContextEvent = Type.Object({
  kind: CrdsContextKind,
  context: Type.String(),
  before: nullable(Type.String()),
});
export type CrdsContextEvent = Static<typeof CrdsContextEvent>;
