import type { Core } from '../../core/core.ts';
import { listRuleFiles, readTexts } from '../bestrefs/rules.store.ts';
import { shownStates } from '../catalogue/shown.ts';
import { parseMappingName } from '../rules/index.ts';
import { comparisonImpossible } from './errors.ts';

/** Hashes of the mappings that a context leads to, by name. */
export type ContextFiles = ReadonlyMap<string, string>;

/** Throws `crds.comparison-impossible` when the bytes of one of them are not here. */
export async function filesOfContext(
  core: Core,
  observatory: string,
  context: string,
): Promise<ContextFiles> {
  const files = await listRuleFiles(core.db.sql, observatory, context, shownStates);
  if (files.length === 0) throw comparisonImpossible(`${observatory} has no context ${context} any more.`);
  return new Map(
    files.map(({ name, sha256 }) => {
      if (sha256 === null) {
        throw comparisonImpossible(`${name}, to which ${context} leads, is not in the catalogue.`);
      }
      return [name, sha256];
    }),
  );
}

/** Texts by name. */
export async function textsOf(core: Core, files: ContextFiles): Promise<Map<string, string>> {
  const texts = await readTexts(core.db.sql, [...new Set(files.values())]);
  return new Map(
    [...files].map(([name, hash]) => {
      const text = texts.get(hash);
      if (text === undefined) throw comparisonImpossible(`The bytes of ${name} are not in the catalogue.`);
      return [name, text.toString('utf8')];
    }),
  );
}

/** Mappings that only one of two contexts leads to, and both contexts: all that has to be read to tell what differs. */
export function differing(
  old: ContextFiles,
  current: ContextFiles,
  contexts: readonly string[],
): ContextFiles {
  const either = new Map([...old, ...current]);
  return new Map(
    [...either].filter(([name]) => contexts.includes(name) || !(old.has(name) && current.has(name))),
  );
}

/** Mappings of one instrument and the contexts themselves. */
export function ofInstrument(files: ContextFiles, instrument: string): ContextFiles {
  return new Map(
    [...files].filter(([name]) => {
      const parsed = parseMappingName(name);
      return parsed?.kind === 'pmap' || parsed?.instrument === instrument;
    }),
  );
}
