import type {
  UwsDefinition,
  UwsDefinitionList,
  UwsDefinitionVersions,
  UwsJob,
  UwsJobFacets,
  UwsJobFilter,
  UwsJobPage,
  UwsWhy,
} from '@orrery/contracts';
import { queryOptions } from '@tanstack/react-query';
import { get, withQuery } from '../shared/api.ts';
import { countedQuery, type KeysetPlace, keysetQuery } from '../shared/keyset-table.tsx';

const api = '/api/uws';

export const definitionsQuery = queryOptions({
  queryKey: ['uws', 'definitions'],
  queryFn: ({ signal }) => get<UwsDefinitionList>(`${api}/definitions`, signal),
  staleTime: 60_000,
});

/** A definition in its newest version, or in the one a job was made with. */
export const definitionQuery = (name: string, version?: number) =>
  queryOptions({
    queryKey: ['uws', 'definition', name, version ?? null],
    queryFn: ({ signal }) =>
      get<UwsDefinition>(withQuery(`${api}/definitions/${encodeURIComponent(name)}`, { version }), signal),
    staleTime: 60_000,
  });

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: ['uws', 'versions', name],
    queryFn: ({ signal }) =>
      get<UwsDefinitionVersions>(`${api}/definitions/${encodeURIComponent(name)}/versions`, signal),
    staleTime: 60_000,
  });

export const countQuery = (filter: UwsJobFilter) =>
  countedQuery(['uws', 'count', filter], withQuery(`${api}/jobs/count`, filter));

/** The address of a whole view as a file. */
export const exportHref = (filter: UwsJobFilter, format: 'csv' | 'jsonl'): string =>
  withQuery(`${api}/jobs/export`, { ...filter, format });

export const jobsQuery = (filter: UwsJobFilter, place: KeysetPlace = {}, limit = 100) =>
  keysetQuery<UwsJobPage>(
    ['uws', 'jobs', filter, place, limit],
    withQuery(`${api}/jobs`, { ...filter, ...place, limit }),
  );

export const facetsQuery = (filter: UwsJobFilter) =>
  queryOptions({
    queryKey: ['uws', 'facets', filter],
    queryFn: ({ signal }) => get<UwsJobFacets>(withQuery(`${api}/jobs/facets`, filter), signal),
    staleTime: 5_000,
    placeholderData: (before) => before,
  });

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['uws', 'job', id],
    queryFn: ({ signal }) => get<UwsJob>(`${api}/jobs/${encodeURIComponent(id)}`, signal),
    staleTime: 5_000,
  });

export const whyQuery = (id: string) =>
  queryOptions({
    queryKey: ['uws', 'why', id] as readonly unknown[],
    queryFn: ({ signal }) => get<UwsWhy>(`${api}/jobs/${encodeURIComponent(id)}/why`, signal),
    staleTime: 5_000,
  });
