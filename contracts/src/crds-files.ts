/** Files of an observatory: mappings (rules) and references. */
import Type, { type Static } from 'typebox';
import { AuditRow, Instant, pageOf } from './core.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
const Name = Type.String({ minLength: 1, maxLength: 128 });
const Cursor = Type.String({ maxLength: 400 });
const Limit = Type.Integer({ minimum: 1, maximum: 500 });

export const crdsFileStates = [
  'uploaded',
  'submitted',
  'delivered',
  'archiving',
  'archiving-failed',
  'archived',
  'operational',
] as const;
export const CrdsFileState = Type.Enum(crdsFileStates);
export type CrdsFileState = Static<typeof CrdsFileState>;

export const crdsFileKinds = ['mapping', 'reference'] as const;
export const CrdsFileKind = Type.Enum(crdsFileKinds);
export type CrdsFileKind = Static<typeof CrdsFileKind>;

/** Kept here, left where the operator put it, only with the upstream server, or nowhere that is known. */
export const crdsFilePlaces = ['kept', 'linked', 'upstream', 'absent'] as const;
export const CrdsFilePlace = Type.Enum(crdsFilePlaces);
export type CrdsFilePlace = Static<typeof CrdsFilePlace>;

/** Filters are joined by AND; `state` and `place` may be repeated. */
export const CrdsFileFilter = Type.Object({
  kind: Type.Optional(CrdsFileKind),
  /** `pmap`, `imap` or `rmap`: mappings of that kind only. */
  mapping: Type.Optional(Type.Enum(['pmap', 'imap', 'rmap'] as const)),
  instrument: Type.Optional(Name),
  type: Type.Optional(Name),
  state: Type.Optional(Type.Array(CrdsFileState)),
  place: Type.Optional(Type.Array(CrdsFilePlace)),
  /** True: only files that are marked bad or use one that is; false: only others. */
  bad: Type.Optional(Type.Boolean()),
  /** A name, or a pattern with `*` and `?`; without them any name that holds the text. Letters as in names. */
  text: Type.Optional(Type.String({ maxLength: 128 })),
  addedAfter: Type.Optional(Instant),
  addedBefore: Type.Optional(Instant),
});
export type CrdsFileFilter = Static<typeof CrdsFileFilter>;

export const crdsFileOrders = ['name', 'newest'] as const;

export const CrdsFileQuery = Type.Object({
  ...CrdsFileFilter.properties,
  /** `newest` (added last comes first) when absent. */
  order: Type.Optional(Type.Enum(crdsFileOrders)),
  /** 1 to 500; 100 when absent. */
  limit: Type.Optional(Limit),
  /** `newer` or `older` of an earlier page; in order of names `older` leads to later names. */
  cursor: Type.Optional(Cursor),
});
export type CrdsFileQuery = Static<typeof CrdsFileQuery>;

export const CrdsFileRow = Type.Object({
  name: Type.String(),
  kind: CrdsFileKind,
  instrument: nullable(Type.String()),
  type: nullable(Type.String()),
  state: CrdsFileState,
  place: CrdsFilePlace,
  /** Marked bad itself. */
  rejected: Type.Boolean(),
  /** A mapping that leads to a file marked bad. */
  blacklisted: Type.Boolean(),
  badReason: Type.String(),
  /** Why the rules of a mapping cannot be used, `line:column: expected …`; empty when they can. */
  fault: Type.String(),
  sizeBytes: nullable(Type.Integer()),
  sha1: nullable(Type.String()),
  /** As the file says it; empty when it does not. */
  useAfter: Type.String(),
  changeLevel: Type.String(),
  description: Type.String(),
  deliverer: Type.String(),
  deliveredAt: nullable(Instant),
  activatedAt: nullable(Instant),
  addedAt: Instant,
});
export type CrdsFileRow = Static<typeof CrdsFileRow>;

export const CrdsFilePage = pageOf(CrdsFileRow);
export type CrdsFilePage = Static<typeof CrdsFilePage>;

const Count = Type.Object({ value: Type.String(), files: Type.Integer() });

/** Files by each property with all filters applied but the one on that property. */
export const CrdsFileFacets = Type.Object({
  total: Type.Integer(),
  states: Type.Array(Count),
  kinds: Type.Array(Count),
  places: Type.Array(Count),
  instruments: Type.Array(Count),
  /** At most a hundred, the most frequent first. */
  types: Type.Array(Count),
  bad: Type.Integer(),
  tookMs: Type.Number(),
});
export type CrdsFileFacets = Static<typeof CrdsFileFacets>;

/** Whether the bytes are what the catalogue says, and who has looked when. */
export const CrdsFileProof = Type.Object({
  state: Type.Union([Type.Literal('sound'), Type.Literal('broken'), Type.Literal('unread')]),
  /** When the bytes were last read; null = never. */
  at: nullable(Instant),
  /** What was found wrong; null = nothing. */
  problem: nullable(Type.String()),
});
export type CrdsFileProof = Static<typeof CrdsFileProof>;

export const CrdsFile = Type.Object({
  ...CrdsFileRow.properties,
  observatory: Type.String(),
  serial: nullable(Type.Integer()),
  stateSince: Instant,
  sha256: nullable(Type.String()),
  uploadedAs: Type.String(),
  derivedFrom: Type.String(),
  replacedBy: Type.String(),
  referenceFileType: Type.String(),
  creator: Type.String(),
  delivererEmail: Type.String(),
  comment: Type.String(),
  aperture: Type.String(),
  pedigree: Type.String(),
  history: Type.String(),
  /** What it is now: latest, edit, versions, build. */
  roles: Type.Array(Type.String()),
  /** How many files it names, and how many mappings name it. */
  uses: Type.Integer(),
  usedBy: Type.Integer(),
  /** Contexts (pmaps) that lead to it: how many, the oldest and the newest of them. */
  contexts: Type.Object({
    count: Type.Integer(),
    first: nullable(Type.String()),
    last: nullable(Type.String()),
    /** The latest context leads to it. */
    isInLatest: Type.Boolean(),
    isInEdit: Type.Boolean(),
  }),
  /** Null when nobody has looked. */
  proof: nullable(CrdsFileProof),
  /** Where clients get the bytes; null while it is not confirmed or nowhere. */
  downloadUrl: nullable(Type.String()),
  acts: Type.Object({ markBad: Type.Boolean() }),
});
export type CrdsFile = Static<typeof CrdsFile>;

export const CrdsContentsQuery = Type.Object({
  /** First line wanted, from 1. */
  from: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000 })),
  /** Lines wanted; 2,000 when absent. */
  lines: Type.Optional(Type.Integer({ minimum: 1, maximum: 20_000 })),
});
export type CrdsContentsQuery = Static<typeof CrdsContentsQuery>;

/** Text of a mapping, or of a reference that is text. */
export const CrdsContents = Type.Object({
  /** Number of the first line given, from 1. */
  from: Type.Integer(),
  lines: Type.Array(Type.String()),
  totalLines: Type.Integer(),
  /** Names of files of this observatory that stand in these lines. */
  links: Type.Array(Type.Object({ line: Type.Integer(), name: Type.String() })),
  /** Header of a mapping, values as they are written; empty for references. */
  header: Type.Array(Type.Object({ name: Type.String(), value: Type.String() })),
});
export type CrdsContents = Static<typeof CrdsContents>;

/** Header cards of a reference in FITS, unit by unit. */
export const CrdsReferenceHeader = Type.Object({
  format: Type.String(),
  units: Type.Array(
    Type.Object({
      name: Type.String(),
      cards: Type.Array(
        Type.Object({ keyword: Type.String(), value: Type.String(), comment: Type.String() }),
      ),
    }),
  ),
  /** True when there is more than is given. */
  cut: Type.Boolean(),
});
export type CrdsReferenceHeader = Static<typeof CrdsReferenceHeader>;

export const CrdsLinkQuery = Type.Object({
  /** The beginning of names, or a pattern with `*` and `?`. */
  text: Type.Optional(Type.String({ maxLength: 128 })),
  /** `true`: also those it leads to through others. */
  deep: Type.Optional(Type.Boolean()),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
});
export type CrdsLinkQuery = Static<typeof CrdsLinkQuery>;

export const CrdsLinkRow = Type.Object({
  name: Type.String(),
  /** Null when the file is named but not known. */
  kind: nullable(CrdsFileKind),
  state: nullable(CrdsFileState),
  rejected: Type.Boolean(),
  blacklisted: Type.Boolean(),
  instrument: nullable(Type.String()),
  type: nullable(Type.String()),
  addedAt: nullable(Instant),
});
export type CrdsLinkRow = Static<typeof CrdsLinkRow>;

/** By name; files that use this one: the newest name first. */
export const CrdsLinkPage = pageOf(CrdsLinkRow);
export type CrdsLinkPage = Static<typeof CrdsLinkPage>;

export const CrdsMatchesQuery = Type.Object({
  /** A pmap, imap or rmap, or a name like `hst-latest`; the latest context when absent. */
  context: Type.Optional(Type.String({ maxLength: 200 })),
});
export type CrdsMatchesQuery = Static<typeof CrdsMatchesQuery>;

/** Every way through the rules that ends in this file. */
export const CrdsMatches = Type.Object({
  context: Type.String(),
  rows: Type.Array(
    Type.Object({
      instrument: nullable(Type.String()),
      type: nullable(Type.String()),
      rmap: Type.String(),
      /** Level by level: parameters with the values of the rule. */
      levels: Type.Array(
        Type.Object({
          parameters: Type.Array(Type.Object({ name: Type.String(), value: Type.String() })),
        }),
      ),
    }),
  ),
  /** Ways that are not given, since there are too many. */
  hidden: Type.Integer(),
});
export type CrdsMatches = Static<typeof CrdsMatches>;

export const CrdsMarkBad = Type.Object(
  {
    bad: Type.Boolean(),
    reason: Type.String({ minLength: 1, maxLength: 500 }),
    /** Mark it even though the latest context leads to it. */
    force: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type CrdsMarkBad = Static<typeof CrdsMarkBad>;

export const CrdsMarkedBad = Type.Object({
  file: CrdsFile,
  /** Mappings that changed with it, since they lead to it. */
  mappings: Type.Integer(),
});
export type CrdsMarkedBad = Static<typeof CrdsMarkedBad>;

export const CrdsActivityQuery = Type.Object({
  /** The beginning of an action, for example `crds.context`. */
  action: Type.Optional(Type.String({ maxLength: 100 })),
  actor: Type.Optional(Type.String({ maxLength: 100 })),
  /** File or context. */
  object: Type.Optional(Name),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
});
export type CrdsActivityQuery = Static<typeof CrdsActivityQuery>;

/** Newest first. `objectId` is the name of the file or context, without the observatory. */
export const CrdsActivityPage = pageOf(AuditRow);
export type CrdsActivityPage = Static<typeof CrdsActivityPage>;

export const CrdsSearchQuery = Type.Object({
  /** A name, its beginning, a pattern with `*` and `?`, a SHA-1, or the id of a dataset. */
  q: Type.String({ minLength: 1, maxLength: 200 }),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
});
export type CrdsSearchQuery = Static<typeof CrdsSearchQuery>;

export const CrdsFound = Type.Object({
  rows: Type.Array(
    Type.Object({
      observatory: Type.String(),
      what: Type.Enum(['context', 'mapping', 'reference', 'dataset'] as const),
      name: Type.String(),
      /** What was found of it: `name`, `sha1`. */
      by: Type.String(),
      note: Type.String(),
      /** Page below `/ui`. */
      href: Type.String(),
    }),
  ),
  /** True when there are more. */
  cut: Type.Boolean(),
  tookMs: Type.Number(),
});
export type CrdsFound = Static<typeof CrdsFound>;
