export { compareNewer } from './age.ts';
export { reformatDate } from './dates.ts';
export type { Difference, Step } from './difference.ts';
export { type DifferenceOptions, differences, type ReadByName } from './differences.ts';
export { type FileMatch, fileMatches, type Values } from './file-matches.ts';
export { hstUniqueName } from './hst-names.ts';
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
export { type ReadOptions, readMapping } from './read.ts';
export { formatMapping, renderMapping } from './render.ts';
export { isNotApplicable, isOmitted, isSpecial } from './specials.ts';
export { sumOf } from './sum.ts';
export { unifiedDiff } from './text-diff.ts';
export { type Closure, closureOf, filesOf } from './uses.ts';
export { conditionValue } from './values.ts';
