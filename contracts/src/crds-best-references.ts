/** Which reference files a dataset needs, and why. */
import Type, { type Static } from 'typebox';
import { Face, Why } from './explain.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
const Spec = Type.String({ minLength: 1, maxLength: 200 });
const TypeName = Type.String({ minLength: 1, maxLength: 64 });

/** A header as programs write it: keywords with values. */
export const CrdsHeader = Type.Record(
  Type.String({ maxLength: 200 }),
  Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
);
export type CrdsHeader = Static<typeof CrdsHeader>;

/** Either `header` or `dataset`; values of `header` are put over those of the dataset when both are given. */
export const CrdsBestReferencesWish = Type.Object(
  {
    /** The latest context when absent. */
    context: Type.Optional(Spec),
    /** A second context to compare with. */
    compareWith: Type.Optional(Spec),
    /** Id of a registered dataset. */
    dataset: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    header: Type.Optional(CrdsHeader),
    /** All types of the instrument when absent or empty. */
    types: Type.Optional(Type.Array(TypeName, { maxItems: 200 })),
  },
  { additionalProperties: false },
);
export type CrdsBestReferencesWish = Static<typeof CrdsBestReferencesWish>;

/** How a type is answered: with files, not applicable, not found, or left out. */
export const crdsOutcomes = ['found', 'not-applicable', 'not-found', 'omitted'] as const;
export const CrdsOutcome = Type.Enum(crdsOutcomes);
export type CrdsOutcome = Static<typeof CrdsOutcome>;

/** A file that is recommended, with what makes people hesitate. */
export const CrdsRecommendedFile = Type.Object({
  /** Name inside an answer that is an object; null otherwise. */
  key: nullable(Type.String()),
  name: Type.String(),
  /** False: the catalogue does not have it. */
  known: Type.Boolean(),
  rejected: Type.Boolean(),
  badReason: Type.String(),
});
export type CrdsRecommendedFile = Static<typeof CrdsRecommendedFile>;

export const CrdsRecommendation = Type.Object({
  type: Type.String(),
  outcome: CrdsOutcome,
  /** One for most types, several for some. Empty unless `found`. */
  files: Type.Array(CrdsRecommendedFile),
  /** What the RPC says of a type without a file; empty when `found`. */
  message: Type.String(),
  rmap: nullable(Type.String()),
  /** Several rules fit equally well, and their files were joined. */
  ambiguous: Type.Boolean(),
});
export type CrdsRecommendation = Static<typeof CrdsRecommendation>;

export const CrdsUsedParameter = Type.Object({
  name: Type.String(),
  /** As it stands in the header; null = it is not there. */
  written: nullable(Type.String()),
  /** As rules compare it. */
  value: Type.String(),
});
export type CrdsUsedParameter = Static<typeof CrdsUsedParameter>;

export const CrdsBestReferences = Type.Object({
  observatory: Type.String(),
  /** As resolved. */
  context: Type.String(),
  instrument: Type.String(),
  dataset: nullable(Type.String()),
  /** By type. */
  types: Type.Array(CrdsRecommendation),
  /** Parameters the rules of the instrument look at, by name. */
  parameters: Type.Array(CrdsUsedParameter),
  /** Number of values in the header. */
  headerSize: Type.Integer(),
  /** Null unless `compareWith` was given; only types that differ. */
  compared: nullable(
    Type.Object({
      context: Type.String(),
      different: Type.Array(Type.Object({ type: Type.String(), here: Type.String(), there: Type.String() })),
    }),
  ),
  /** Sentences for people: bad files, ambiguous rules, parameters that are missing. */
  warnings: Type.Array(Type.String()),
  /** The same question for a shell. */
  command: Type.String(),
  tookMs: Type.Number(),
});
export type CrdsBestReferences = Static<typeof CrdsBestReferences>;

export const CrdsWhyWish = Type.Object(
  {
    context: Type.Optional(Spec),
    dataset: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    header: Type.Optional(CrdsHeader),
    type: TypeName,
  },
  { additionalProperties: false },
);
export type CrdsWhyWish = Static<typeof CrdsWhyWish>;

/** How one value of a rule meets the dataset: it matches, counts nothing, or fails. */
export const CrdsVerdict = Type.Union([Type.Literal('match'), Type.Literal('any'), Type.Literal('fails')]);
export type CrdsVerdict = Static<typeof CrdsVerdict>;

export const CrdsWhyRule = Type.Object({
  /** Line in the rmap; 0 when it is not known. */
  line: Type.Integer(),
  values: Type.Array(Type.Object({ text: Type.String(), verdict: CrdsVerdict })),
  /** Values that match; null when the rule fails. */
  weight: nullable(Type.Integer()),
  /** Entries below it: dates of a UseAfter, rules of a further level. */
  entries: Type.Integer(),
  /** What it leads to when that is no further level. */
  leadsTo: nullable(Type.String()),
  chosen: Type.Boolean(),
});
export type CrdsWhyRule = Static<typeof CrdsWhyRule>;

/** One level of the rules on the way to the answer. */
export const CrdsWhyLevel = Type.Object({
  /** `Match`, `UseAfter`, … */
  selector: Type.String(),
  parameters: Type.Array(Type.String()),
  /** Values of the dataset for these parameters. */
  asked: Type.Array(Type.String()),
  /** Rules that fit, the chosen ones first, then the nearest that fail. Of a level of dates: those around the dataset. */
  rules: Type.Array(CrdsWhyRule),
  total: Type.Integer(),
  /** Rules that fit equally well and were joined; 1 = no tie. */
  joined: Type.Integer(),
  /** One sentence for people. */
  text: Type.String(),
  face: Face,
});
export type CrdsWhyLevel = Static<typeof CrdsWhyLevel>;

export const CrdsWhy = Type.Object({
  observatory: Type.String(),
  context: Type.String(),
  instrument: Type.String(),
  imap: nullable(Type.String()),
  rmap: nullable(Type.String()),
  type: Type.String(),
  recommendation: CrdsRecommendation,
  /** Question, answer and the steps as sentences: what the shared panel shows. */
  why: Why,
  /** Conditions of the rmap that were looked at before its rules. */
  conditions: Type.Array(
    Type.Object({
      /** `rmap_omit`, `rmap_relevance`, or `parkey_relevance` with its parameter. */
      name: Type.String(),
      parameter: nullable(Type.String()),
      expression: Type.String(),
      /** Null: it could not be evaluated and was ignored. */
      holds: nullable(Type.Boolean()),
      /** What follows, one sentence. */
      text: Type.String(),
    }),
  ),
  levels: Type.Array(CrdsWhyLevel),
  /** Header used: each parameter of the rmap with what it did. */
  parameters: Type.Array(
    Type.Object({
      ...CrdsUsedParameter.properties,
      role: Type.Union([
        Type.Literal('matched'),
        Type.Literal('decides'),
        Type.Literal('relevance'),
        Type.Literal('ignored'),
        Type.Literal('failed'),
      ]),
    }),
  ),
  /** Other values that would lead elsewhere, at most a handful. */
  changes: Type.Array(
    Type.Object({
      text: Type.String(),
      header: Type.Record(Type.String(), Type.String()),
      answer: Type.String(),
    }),
  ),
  tookMs: Type.Number(),
});
export type CrdsWhy = Static<typeof CrdsWhy>;

export const CrdsExploreWish = Type.Object(
  {
    context: Type.Optional(Spec),
    instrument: Type.String({ minLength: 1, maxLength: 64 }),
    /** Rules of these types only; all of the instrument when absent or empty. */
    types: Type.Optional(Type.Array(TypeName, { maxItems: 200 })),
    /** Values chosen so far, legal or free text. */
    choices: Type.Optional(Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 1000 }))),
  },
  { additionalProperties: false },
);
export type CrdsExploreWish = Static<typeof CrdsExploreWish>;

export const CrdsExploreParameter = Type.Object({
  name: Type.String(),
  /** A value from a list, a date or time, or any text. */
  kind: Type.Union([
    Type.Literal('choice'),
    Type.Literal('date'),
    Type.Literal('time'),
    Type.Literal('text'),
  ]),
  chosen: nullable(Type.String()),
  /** Values that rules name, in order; `possible` = some rule still fits with all other choices. */
  values: Type.Array(Type.Object({ value: Type.String(), possible: Type.Boolean() })),
  /** Values that are not given, since there are too many. */
  hidden: Type.Integer(),
  /** Types whose rules look at it. */
  types: Type.Array(Type.String()),
});
export type CrdsExploreParameter = Static<typeof CrdsExploreParameter>;

export const CrdsExplore = Type.Object({
  observatory: Type.String(),
  context: Type.String(),
  instrument: Type.String(),
  /** Those that narrow most first. */
  parameters: Type.Array(CrdsExploreParameter),
  /** Answers for the choices as they are; parameters that are not chosen count as missing. */
  types: Type.Array(CrdsRecommendation),
  tookMs: Type.Number(),
});
export type CrdsExplore = Static<typeof CrdsExplore>;
