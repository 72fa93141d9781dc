export { readApart } from './apart.ts';
export { plainOf } from './plain.ts';
export { readPickle } from './read-pickle.ts';
export { type Pickled, PickleError, type SpecKind, SpecObject, Tuple } from './values.ts';
export { renderPickle, renderPickleInTurns } from './write-pickle.ts';
