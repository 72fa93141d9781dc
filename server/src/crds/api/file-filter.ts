import type { CrdsFileFacets, CrdsFileFilter } from '@orrery/contracts/crds';
import type { FileGroup, FileListFilter } from './file-list.store.ts';

/** The filter of a query. `unconfirmed`: whether the caller may see files of submissions nobody has confirmed. */
export function fileFilterOf(query: CrdsFileFilter, unconfirmed: boolean): FileListFilter {
  const { kind, mapping, instrument, type, state, place, bad, text, addedAfter, addedBefore } = query;
  return {
    unconfirmed,
    ...(kind === undefined ? {} : { kind }),
    ...(mapping === undefined ? {} : { mapping }),
    ...(instrument === undefined ? {} : { instrument: instrument.toLowerCase() }),
    ...(type === undefined ? {} : { type: type.toLowerCase() }),
    ...(state === undefined || state.length === 0 ? {} : { states: state }),
    ...(place === undefined || place.length === 0 ? {} : { places: place }),
    ...(bad === undefined ? {} : { bad }),
    ...(text === undefined || text === '' ? {} : { text }),
    ...(addedAfter === undefined ? {} : { addedAfter: new Date(addedAfter) }),
    ...(addedBefore === undefined ? {} : { addedBefore: new Date(addedBefore) }),
  };
}

/** What facets do not count by: each is applied to all of them. */
export function sharedPart({ mapping, text, addedAfter, addedBefore, unconfirmed }: FileListFilter) {
  return {
    unconfirmed,
    ...(mapping === undefined ? {} : { mapping }),
    ...(text === undefined ? {} : { text }),
    ...(addedAfter === undefined ? {} : { addedAfter }),
    ...(addedBefore === undefined ? {} : { addedBefore }),
  };
}

const facetNames = ['kind', 'state', 'place', 'instrument', 'filekind', 'isBad'] as const;
type FacetName = (typeof facetNames)[number];
const mostTypes = 100;

/** Counts for each property: files that meet the filter but for that property itself. */
export function facetsOf(
  groups: readonly FileGroup[],
  filter: FileListFilter,
): Omit<CrdsFileFacets, 'tookMs'> {
  const wanted: Record<FacetName, (group: FileGroup) => boolean> = {
    kind: ({ kind }) => filter.kind === undefined || filter.kind === kind,
    state: ({ state }) => filter.states === undefined || filter.states.includes(state),
    place: ({ place }) => filter.places === undefined || filter.places.includes(place),
    instrument: ({ instrument }) => filter.instrument === undefined || filter.instrument === instrument,
    filekind: ({ filekind }) => filter.type === undefined || filter.type === filekind,
    isBad: ({ isBad }) => filter.bad === undefined || filter.bad === isBad,
  };
  const but = (facet: FacetName | null) =>
    groups.filter((group) => facetNames.every((name) => name === facet || wanted[name](group)));
  const counts = (facet: FacetName) => countBy(but(facet), facet);
  return {
    total: sum(but(null)),
    states: counts('state'),
    kinds: counts('kind'),
    places: counts('place'),
    instruments: counts('instrument'),
    types: counts('filekind').slice(0, mostTypes),
    bad: sum(but('isBad').filter(({ isBad }) => isBad)),
  };
}

/** The most frequent first; what has no value is not counted. */
function countBy(groups: readonly FileGroup[], facet: FacetName) {
  const counted = new Map<string, number>();
  for (const group of groups) {
    const value = group[facet];
    if (value === null) continue;
    const key = String(value);
    counted.set(key, (counted.get(key) ?? 0) + group.files);
  }
  return [...counted]
    .map(([value, files]) => ({ value, files }))
    .toSorted((a, b) => b.files - a.files || (a.value < b.value ? -1 : 1));
}

function sum(groups: readonly FileGroup[]): number {
  return groups.reduce((all, { files }) => all + files, 0);
}
