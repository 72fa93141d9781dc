export { compareNewer } from './age.ts';
export type { Answer } from './answer.ts';
export type { Difference, Step } from './compare/difference.ts';
export { type DifferenceOptions, differences, type ReadByName } from './compare/differences.ts';
export { unifiedDiff } from './compare/text-diff.ts';
export { BestReferencesError, bestReferences, Context, type MappingSource } from './context.ts';
export { DateError, reformatDate } from './dates.ts';
export { type AmbiguousRules, answersWithWarnings, explain } from './explain.ts';
export type {
  EntryStep,
  Explanation,
  ExplanationStep,
  ExpressionStep,
  HookStep,
  LookupStep,
  MatchClause,
  MatchGroup,
  MatchStep,
  ParameterValue,
  RuleEntry,
} from './explanation.ts';
export { faultText, findingFault } from './fault.ts';
export { type FileMatch, fileMatches, type Values } from './file-matches.ts';
export { hstUniqueName } from './hst-names.ts';
export type { Instrument, RawHeader } from './instrument.ts';
export { Dict, type Literal, NumberLiteral, Tuple } from './literal.ts';
export {
  type Entry,
  isSelector,
  type Mapping,
  type MappingKind,
  mappingOf,
  type Selector,
  type SelectorName,
  selectorNames,
} from './mapping.ts';
export { MappingError, type MappingFault } from './mapping-error.ts';
export {
  type ContextSpec,
  genericName,
  isContextSpec,
  isFileName,
  isMappingName,
  isMappingSpec,
  isReferenceName,
  type MappingName,
  parseContextSpec,
  parseMappingName,
  serialOf,
  withSerial,
} from './names.ts';
export { type ReadOptions, readingMapping, readMapping } from './read.ts';
export { formatMapping, renderMapping } from './render.ts';
export { datasetTerms } from './rewrite/dataset-terms.ts';
export { deleteReference } from './rewrite/delete.ts';
export { insertReferences, type NewReference } from './rewrite/delivery.ts';
export { type Expansion, type Expansions, readExpansions } from './rewrite/expansions.ts';
export { type Insertion, type InsertOptions, insertReference } from './rewrite/insert.ts';
export { derivedMapping, newContext, updatesByImap } from './rewrite/new-context.ts';
export { type DatasetValues, RuleUpdateError } from './rewrite/rule-key.ts';
export { hasDifferentWeight, isSuperset } from './rewrite/superset.ts';
export type { ValidValues } from './rewrite/valid-values.ts';
export { compileRmap, compilingRmap, type Rmap } from './rmap.ts';
export { RuleCache } from './rule-cache.ts';
export { isNotApplicable, isOmitted, isSpecial } from './specials.ts';
export { inTurns } from './steps.ts';
export { sumOf } from './sum.ts';
export { type Traits, traitsOf } from './traits.ts';
export { type Closure, closureOf, filesOf } from './uses.ts';
export { conditionValue } from './values.ts';
export { readVersion, simplifyVersion } from './versions.ts';
