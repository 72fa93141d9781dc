import { messageOf } from '../../core/errors.ts';
import { type Mapping, MappingError, readMapping } from '../rules/index.ts';
import { type Touched, touchedTypes } from './changed-rules.ts';
import { comparisonImpossible } from './errors.ts';

/**
 * What differs between two contexts; `texts` has them and every mapping that only one of them leads to. Throws
 * `crds.comparison-impossible`.
 */
export async function findTouched(
  oldContext: string,
  newContext: string,
  texts: ReadonlyMap<string, string>,
): Promise<Touched[]> {
  const read = async (name: string): Promise<Mapping> => {
    const text = texts.get(name);
    if (text === undefined) throw comparisonImpossible(`${name} is not in the catalogue.`);
    try {
      return readMapping(text, { name, ignoreSum: true });
    } catch (error) {
      throw error instanceof MappingError ? comparisonImpossible(messageOf(error)) : error;
    }
  };
  return await touchedTypes(await read(oldContext), await read(newContext), read);
}
