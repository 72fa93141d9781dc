import { isSameLiteral } from '../key-identity.ts';
import { Dict, Tuple } from '../literal.ts';
import { isSelector, type Mapping, type MappingKind } from '../mapping.ts';
import { parameterLevels } from '../parameters.ts';
import { quoted, reprOf, textOf } from '../python-text.ts';
import { isSpecial } from '../specials.ts';
import { compareDifferences, type Difference, differenceAt, inside, type Place } from './difference.ts';
import { leafDifferences, selectorDifferences } from './selector-differences.ts';

/** Gives the mapping of a name; rejects or throws when there is none. */
export type ReadByName = (name: string) => Mapping | Promise<Mapping>;

export interface DifferenceOptions {
  /** Say also what is different in headers. */
  readonly includeHeaders?: boolean;
  /** Name every rule of mappings that are new or gone, not only the mappings. */
  readonly insideAddedAndDeleted?: boolean;
}

/**
 * What a new mapping of the same kind says that the old one did not, down to single rules, in the words of crds 13.2.7.
 * Mappings that both lead to are not read.
 */
export async function differences(
  before: Mapping,
  after: Mapping,
  read: ReadByName,
  options: DifferenceOptions = {},
): Promise<Difference[]> {
  const start: Place = { values: [], parameterNames: [], instrument: null, filekind: null };
  const comparison = new Comparison(read, options);
  return (await comparison.mappings(before, after, start)).sort(compareDifferences);
}

const classes: Readonly<Record<MappingKind, string>> = {
  pmap: 'PipelineContext',
  imap: 'InstrumentContext',
  rmap: 'ReferenceMapping',
};

class Comparison {
  private readonly read: ReadByName;
  private readonly options: DifferenceOptions;

  constructor(read: ReadByName, options: DifferenceOptions) {
    this.read = read;
    this.options = options;
  }

  async mappings(before: Mapping, after: Mapping, outer: Place): Promise<Difference[]> {
    const subject = subjectOf(before);
    const place = inside({ ...outer, ...subject }, [before.name, after.name], classes[before.kind]);
    if (before.kind !== after.kind) {
      return [differenceAt(place, `different classes ${classes[before.kind]} : ${classes[after.kind]}`)];
    }
    const found = this.options.includeHeaders === true ? headerDifferences(before, after, place) : [];
    if (isSelector(before.selector) && isSelector(after.selector)) {
      const old = { selector: before.selector, levels: parameterLevels(before) };
      const current = { selector: after.selector, levels: parameterLevels(after) };
      return [...found, ...selectorDifferences(old, current, place)];
    }
    return [...found, ...(await this.contexts(before, after, outer, place))];
  }

  private async contexts(before: Mapping, after: Mapping, outer: Place, place: Place): Promise<Difference[]> {
    const found: Difference[] = [];
    const old = selectionsOf(before);
    const current = selectionsOf(after);
    // What is inside something new or gone is shown below the old mapping alone.
    const oneSided = inside(outer, [before.name], classes[before.kind]);
    for (const [key, name] of old) {
      const newName = current.get(key);
      if (name === newName) continue;
      const at = inside(place, [key], parametersOf(before));
      const [message, nested] =
        newName === undefined
          ? [`deleted ${quoted(name)}`, await this.leaves(name, 'deleted', oneSided)]
          : await this.replacement(name, newName, place, oneSided);
      if (message !== null && (before.name !== after.name || nested.length > 0)) {
        found.push(differenceAt(at, message));
      }
      for (const item of nested) found.push(withInstrument(item, place));
    }
    for (const [key, name] of current) {
      if (old.has(key)) continue;
      found.push(differenceAt(inside(place, [key], parametersOf(before)), `added ${quoted(name)}`));
      const nested = await this.leaves(name, 'added', oneSided);
      for (const item of nested) found.push(withInstrument(item, place));
    }
    return found;
  }

  /** What replaces something, and what is different inside; null when only the name is another. */
  private async replacement(
    name: string,
    newName: string,
    place: Place,
    oneSided: Place,
  ): Promise<[message: string | null, nested: Difference[]]> {
    const message = `replaced ${quoted(name)} with ${quoted(newName)}`;
    if (isSpecial(name)) return [message, await this.leaves(newName, 'added', oneSided)];
    if (isSpecial(newName)) return [message, await this.leaves(name, 'deleted', oneSided)];
    const [old, current] = [await this.read(name), await this.read(newName)];
    const isSame = isSameLiteral(old.header.get('sha1sum') ?? null, current.header.get('sha1sum') ?? null);
    return [isSame ? null : message, await this.mappings(old, current, place)];
  }

  /** All rules below a mapping that is new or gone. */
  private async leaves(name: string, change: 'added' | 'deleted', place: Place): Promise<Difference[]> {
    if (this.options.insideAddedAndDeleted !== true || isSpecial(name)) return [];
    const mapping = await this.read(name);
    const parameterName = classes[mapping.kind];
    if (isSelector(mapping.selector)) {
      const rules = { selector: mapping.selector, levels: parameterLevels(mapping) };
      const at = inside({ ...place, ...subjectOf(mapping) }, mapping.name, parameterName);
      return leafDifferences(rules, `${change} terminal`, at);
    }
    const found: Difference[] = [];
    for (const [key, value] of selectionsOf(mapping)) {
      if (isSpecial(value)) {
        const at = inside(inside(place, [mapping.name], parameterName), [key], parametersOf(mapping));
        found.push(differenceAt(at, `${change} ${quoted(value)}`));
      } else {
        for (const item of await this.leaves(value, change, inside(place, key, parameterName)))
          found.push(item);
      }
    }
    return found;
  }
}

function headerDifferences(before: Mapping, after: Mapping, place: Place): Difference[] {
  const found: Difference[] = [];
  for (const [key, value] of before.header) {
    const newValue = after.header.get(key);
    const stated = `${quoted(key)} = ${reprOf(value)}`;
    if (newValue === undefined) found.push(differenceAt(place, `deleted header ${stated}`));
    else if (!isSameLiteral(value, newValue)) {
      found.push(differenceAt(place, `header replaced ${stated} with ${reprOf(newValue)}`));
    }
  }
  for (const [key, value] of after.header) {
    if (before.header.has(key)) continue;
    found.push(differenceAt(place, `header added ${quoted(key)} = ${reprOf(value)}`));
  }
  return found;
}

/** What a pmap or an imap leads to; its keys are the same in capitals and in small letters. */
function selectionsOf({ selector }: Mapping): Map<string, string> {
  if (isSelector(selector) || !(selector instanceof Dict)) return new Map();
  return new Map(selector.entries.map(([key, value]) => [textOf(key).toLowerCase(), textOf(value)]));
}

function parametersOf(mapping: Mapping): string[] {
  const parkey = mapping.header.get('parkey') ?? null;
  return parkey instanceof Tuple ? parkey.items.map(textOf) : [textOf(parkey)];
}

function subjectOf(mapping: Mapping): Pick<Place, 'instrument' | 'filekind'> {
  const text = (key: string): string | null => {
    const value = mapping.header.get(key);
    return typeof value === 'string' ? value : null;
  };
  return {
    instrument: mapping.kind === 'pmap' ? null : text('instrument'),
    filekind: mapping.kind === 'rmap' ? text('filekind') : null,
  };
}

/** Whatever is found inside an instrument is about it. */
function withInstrument(item: Difference, place: Place): Difference {
  return place.instrument === null ? item : { ...item, instrument: place.instrument };
}
