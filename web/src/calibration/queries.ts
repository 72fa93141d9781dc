import type {
  CrdsActivityPage,
  CrdsAffectedDetails,
  CrdsAffectedPage,
  CrdsAffectedQuery,
  CrdsAffectedRowPage,
  CrdsAffectedRowQuery,
  CrdsBestReferences,
  CrdsBestReferencesWish,
  CrdsBuildList,
  CrdsContents,
  CrdsContext,
  CrdsContextPage,
  CrdsContextQuery,
  CrdsContextReferencePage,
  CrdsContextReferenceQuery,
  CrdsDataset,
  CrdsDatasetCounts,
  CrdsDatasetPage,
  CrdsDatasetQuery,
  CrdsDifferencePage,
  CrdsDifferences,
  CrdsExplore,
  CrdsExploreWish,
  CrdsFile,
  CrdsFileFacets,
  CrdsFileFilter,
  CrdsFilePage,
  CrdsFileQuery,
  CrdsFound,
  CrdsHistoryPage,
  CrdsHome,
  CrdsLinkPage,
  CrdsLinkQuery,
  CrdsMatches,
  CrdsMirror,
  CrdsObservatory,
  CrdsObservatoryList,
  CrdsProblemPage,
  CrdsReferenceHeader,
  CrdsRemoteContextList,
  CrdsReport,
  CrdsScrub,
  CrdsTextDifference,
  CrdsWhy,
  CrdsWhyWish,
} from '@orrery/contracts';
import { queryOptions } from '@tanstack/react-query';
import { call, get, withQuery } from '../shared/api.ts';
import { type KeysetPlace, keysetQuery } from '../shared/keyset-table.tsx';

const api = '/api/crds';

/** The API of one observatory, or a part of it. */
export const apiHref = (observatory: string, part = ''): string =>
  `${api}/observatories/${encodeURIComponent(observatory)}${part === '' ? '' : `/${part}`}`;

const named = (name: string): string => encodeURIComponent(name);
type Query = Parameters<typeof withQuery>[1];

/** An answer that an event of the observatory makes old. */
const answer = <T>(observatory: string, part: string, query: Query = {}, staleMs = 30_000) =>
  queryOptions({
    queryKey: ['crds', observatory, part, query] as readonly unknown[],
    queryFn: ({ signal }) => get<T>(withQuery(apiHref(observatory, part), query), signal),
    staleTime: staleMs,
  });

const listed = <Page>(observatory: string, part: string, query: Query, { cursor }: KeysetPlace = {}) =>
  keysetQuery<Page>(
    ['crds', observatory, part, query, cursor ?? null],
    withQuery(apiHref(observatory, part), { ...query, cursor }),
  );

/** What is asked by a POST but changes nothing. */
const asked = <T>(observatory: string, part: string, wish: object) =>
  queryOptions({
    queryKey: ['crds', observatory, part, wish] as readonly unknown[],
    queryFn: ({ signal }) => call<T>('POST', apiHref(observatory, part), { body: wish, signal }),
    staleTime: 60_000,
    retry: false,
  });

export const observatoriesQuery = queryOptions({
  queryKey: ['crds'] as readonly unknown[],
  queryFn: ({ signal }) => get<CrdsObservatoryList>(`${api}/observatories`, signal),
  staleTime: 30_000,
});
/** Whether this server has an observatory at all. */
export const anyObservatory = {
  queryKey: ['crds', 'any'] as readonly unknown[],
  queryFn: async () => (await get<CrdsObservatoryList>(`${api}/observatories`)).rows.length > 0,
  staleTime: 30_000,
};
export const observatoryQuery = (observatory: string) => answer<CrdsObservatory>(observatory, '');
export const homeQuery = (observatory: string, context?: string) =>
  answer<CrdsHome>(observatory, 'home', { context });
export const searchQuery = (observatory: string, q: string) =>
  answer<CrdsFound>(observatory, 'search', { q, limit: 100 });

export const contextsQuery = (observatory: string, query: CrdsContextQuery, place: KeysetPlace = {}) =>
  listed<CrdsContextPage>(observatory, 'contexts', query, place);
export const historyQuery = (observatory: string, limit: number, place: KeysetPlace = {}) =>
  listed<CrdsHistoryPage>(observatory, 'contexts/history', { limit }, place);
export const buildsQuery = (observatory: string) => answer<CrdsBuildList>(observatory, 'contexts/builds');
export const remoteQuery = (observatory: string) =>
  answer<CrdsRemoteContextList>(observatory, 'contexts/remote');
export const contextQuery = (observatory: string, context: string) =>
  answer<CrdsContext>(observatory, `contexts/${named(context)}`);
export const contextReferencesQuery = (
  observatory: string,
  context: string,
  query: CrdsContextReferenceQuery,
  place: KeysetPlace = {},
) => listed<CrdsContextReferencePage>(observatory, `contexts/${named(context)}/references`, query, place);

export const filesQuery = (observatory: string, query: CrdsFileQuery, place: KeysetPlace = {}) =>
  listed<CrdsFilePage>(observatory, 'files', query, place);
export const fileFacetsQuery = (observatory: string, filter: CrdsFileFilter) =>
  queryOptions({
    ...answer<CrdsFileFacets>(observatory, 'files/facets', filter),
    placeholderData: (before) => before,
  });
export const fileQuery = (observatory: string, name: string) =>
  answer<CrdsFile>(observatory, `files/${named(name)}`);
/** A file never changes once it has a name. */
export const contentsQuery = (observatory: string, name: string, from: number, lines: number) =>
  answer<CrdsContents>(
    observatory,
    `files/${named(name)}/contents`,
    { from, lines },
    Number.POSITIVE_INFINITY,
  );
export const referenceHeaderQuery = (observatory: string, name: string) =>
  answer<CrdsReferenceHeader>(observatory, `files/${named(name)}/header`, {}, Number.POSITIVE_INFINITY);
export const linksQuery = (
  observatory: string,
  name: string,
  part: 'uses' | 'used-by',
  query: CrdsLinkQuery,
  place: KeysetPlace,
) => listed<CrdsLinkPage>(observatory, `files/${named(name)}/${part}`, query, place);
export const matchesQuery = (observatory: string, name: string, context: string | undefined) =>
  answer<CrdsMatches>(observatory, `files/${named(name)}/matches`, { context });
export const activityQuery = (observatory: string, name: string, place: KeysetPlace) =>
  listed<CrdsActivityPage>(observatory, `files/${named(name)}/activity`, {}, place);

export const differencesQuery = (observatory: string, before: string, after: string) =>
  answer<CrdsDifferences>(observatory, 'differences', { old: before, new: after }, 600_000);
export const differenceRowsHref = (observatory: string, query: Query): string =>
  withQuery(apiHref(observatory, 'differences/rows'), query);
export const differenceRows = (href: string, signal?: AbortSignal) => get<CrdsDifferencePage>(href, signal);
export const textDifference = (
  observatory: string,
  before: string,
  after: string,
  from: number,
  signal?: AbortSignal,
) =>
  get<CrdsTextDifference>(
    withQuery(apiHref(observatory, 'differences/text'), { old: before, new: after, from }),
    signal,
  );

export const bestReferencesQuery = (observatory: string, wish: CrdsBestReferencesWish) =>
  asked<CrdsBestReferences>(observatory, 'best-references', wish);
export const whyQuery = (observatory: string, wish: CrdsWhyWish) =>
  asked<CrdsWhy>(observatory, 'best-references/why', wish);
export const exploreQuery = (observatory: string, wish: CrdsExploreWish) =>
  queryOptions({
    ...asked<CrdsExplore>(observatory, 'explore', wish),
    placeholderData: (before) => before,
  });

export const datasetsQuery = (observatory: string, query: CrdsDatasetQuery, place: KeysetPlace = {}) =>
  listed<CrdsDatasetPage>(observatory, 'datasets', query, place);
export const datasetCountsQuery = (observatory: string) =>
  answer<CrdsDatasetCounts>(observatory, 'datasets/counts');
export const datasetQuery = (observatory: string, id: string) =>
  answer<CrdsDataset>(observatory, `datasets/${named(id)}`);

export const affectedQuery = (observatory: string, query: CrdsAffectedQuery, place: KeysetPlace = {}) =>
  listed<CrdsAffectedPage>(observatory, 'affected', query, place);

const live = new Set(['waiting', 'running', 'cancelling']);
export const isLiveRun = (state: string): boolean => live.has(state);

/** Asked every two seconds while it runs: progress has no events. */
export const affectedRunQuery = (observatory: string, run: string) =>
  queryOptions({
    ...answer<CrdsAffectedDetails>(observatory, `affected/${named(run)}`),
    refetchInterval: ({ state }) => (state.data !== undefined && isLiveRun(state.data.state) ? 2_000 : false),
  });
export const affectedRowsQuery = (
  observatory: string,
  run: string,
  query: CrdsAffectedRowQuery,
  place: KeysetPlace,
) => listed<CrdsAffectedRowPage>(observatory, `affected/${named(run)}/rows`, query, place);

const everyMs = 15_000;
export const mirrorQuery = (observatory: string) =>
  queryOptions({ ...answer<CrdsMirror>(observatory, 'mirror', {}, 10_000), refetchInterval: everyMs });
export const scrubQuery = (observatory: string) =>
  queryOptions({ ...answer<CrdsScrub>(observatory, 'scrub', {}, 10_000), refetchInterval: everyMs });
export const problemsQuery = (observatory: string, place: KeysetPlace) =>
  listed<CrdsProblemPage>(observatory, 'scrub/problems', {}, place);
export const reportQuery = (observatory: string) =>
  queryOptions({ ...answer<CrdsReport>(observatory, 'report', {}, 60_000), retry: false });
