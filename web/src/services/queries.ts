import type {
  UwsDefinition,
  UwsDefinitionList,
  UwsJob,
  UwsJobFacets,
  UwsJobFilter,
  UwsJobPage,
  UwsWhy,
} from '@orrery/contracts';
import { queryOptions } from '@tanstack/react-query';
import { get, withQuery } from '../shared/api.ts';

const api = '/api/uws';

export const definitionsQuery = queryOptions({
  queryKey: ['uws', 'definitions'],
  queryFn: ({ signal }) => get<UwsDefinitionList>(`${api}/definitions`, signal),
  staleTime: 60_000,
});

export const definitionQuery = (name: string) =>
  queryOptions({
    queryKey: ['uws', 'definition', name],
    queryFn: ({ signal }) => get<UwsDefinition>(`${api}/definitions/${encodeURIComponent(name)}`, signal),
    staleTime: 60_000,
  });

/** One page of jobs. It stays as it is until asked for again: live changes are patched into it. */
export const jobsQuery = (filter: UwsJobFilter, cursor: string | undefined, limit = 100) =>
  queryOptions({
    queryKey: ['uws', 'jobs', filter, cursor ?? null, limit],
    queryFn: ({ signal }) => get<UwsJobPage>(withQuery(`${api}/jobs`, { ...filter, cursor, limit }), signal),
    staleTime: 15_000,
    refetchOnWindowFocus: false,
    meta: { still: true },
  });

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
    queryKey: ['uws', 'why', id],
    queryFn: ({ signal }) => get<UwsWhy>(`${api}/jobs/${encodeURIComponent(id)}/why`, signal),
    staleTime: 5_000,
  });
