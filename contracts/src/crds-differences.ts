/** What differs between two mappings, for people: what it means, and the text. */
import Type, { type Static } from 'typebox';
import { pageOf } from './core.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
const Spec = Type.String({ minLength: 1, maxLength: 200 });

/** Two mappings of one kind; symbolic and dated names are resolved. */
const Pair = { old: Spec, new: Spec };

export const CrdsDifferencesQuery = Type.Object(Pair);
export type CrdsDifferencesQuery = Static<typeof CrdsDifferencesQuery>;

/** Kinds of change of rules. */
export const crdsChanges = ['added', 'deleted', 'replaced', 'other'] as const;
export const CrdsChange = Type.Enum(crdsChanges);
export type CrdsChange = Static<typeof CrdsChange>;

export const CrdsDifferentFile = Type.Object({
  /** Null on one side: the mapping is new, or gone. */
  old: nullable(Type.String()),
  new: nullable(Type.String()),
  instrument: nullable(Type.String()),
  type: nullable(Type.String()),
  /** Logical changes in this file itself, by kind. */
  added: Type.Integer(),
  deleted: Type.Integer(),
  replaced: Type.Integer(),
  other: Type.Integer(),
});
export type CrdsDifferentFile = Static<typeof CrdsDifferentFile>;

export const CrdsDifferences = Type.Object({
  /** As resolved. */
  old: Type.String(),
  new: Type.String(),
  /** The pair itself first, then imaps, then rmaps by name. */
  files: Type.Array(CrdsDifferentFile),
  /** Logical changes in all. */
  total: Type.Integer(),
  /** References that only one of the two leads to. */
  referencesAdded: Type.Integer(),
  referencesDeleted: Type.Integer(),
  tookMs: Type.Number(),
});
export type CrdsDifferences = Static<typeof CrdsDifferences>;

export const CrdsDifferenceQuery = Type.Object({
  ...Pair,
  /** A mapping of either side: only changes in that file. */
  file: Type.Optional(Type.String({ maxLength: 128 })),
  instrument: Type.Optional(Type.String({ maxLength: 128 })),
  type: Type.Optional(Type.String({ maxLength: 128 })),
  change: Type.Optional(CrdsChange),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  cursor: Type.Optional(Type.String({ maxLength: 40 })),
});
export type CrdsDifferenceQuery = Static<typeof CrdsDifferenceQuery>;

export const CrdsDifferenceRow = Type.Object({
  /** Pairs of mappings from the outermost inwards. */
  files: Type.Array(Type.Object({ old: nullable(Type.String()), new: nullable(Type.String()) })),
  instrument: nullable(Type.String()),
  type: nullable(Type.String()),
  change: CrdsChange,
  /** The rule: parameters with their values, level by level. */
  rule: Type.Array(Type.Object({ name: Type.String(), value: Type.String() })),
  /** In the words of CRDS, for example "replaced 'a.fits' with 'b.fits'". */
  message: Type.String(),
});
export type CrdsDifferenceRow = Static<typeof CrdsDifferenceRow>;

export const CrdsDifferencePage = pageOf(CrdsDifferenceRow);
export type CrdsDifferencePage = Static<typeof CrdsDifferencePage>;

export const CrdsTextDifferenceQuery = Type.Object({
  ...Pair,
  /** First hunk wanted, from 0. */
  from: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
});
export type CrdsTextDifferenceQuery = Static<typeof CrdsTextDifferenceQuery>;

/** Line by line between the two files themselves, not those they lead to. */
export const CrdsTextDifference = Type.Object({
  old: Type.String(),
  new: Type.String(),
  added: Type.Integer(),
  deleted: Type.Integer(),
  hunks: Type.Array(
    Type.Object({
      oldFrom: Type.Integer(),
      newFrom: Type.Integer(),
      /** Each begins with a blank, `+` or `-`. */
      lines: Type.Array(Type.String()),
    }),
  ),
  /** Hunks in all. */
  total: Type.Integer(),
  /** First hunk of the next part; null = these are the last. */
  next: nullable(Type.Integer()),
});
export type CrdsTextDifference = Static<typeof CrdsTextDifference>;
