import type {
  UwsDefinition,
  UwsDefinitionList,
  UwsDefinitionVersions,
  UwsJob,
  UwsJobCount,
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
  queryOptions({
    queryKey: ['uws', 'count', filter],
    queryFn: ({ signal }) => get<UwsJobCount>(withQuery(`${api}/jobs/count`, filter), signal),
    staleTime: 60_000,
    meta: { still: true },
  });

/** The address of a whole view as a file. */
export const exportHref = (filter: UwsJobFilter, format: 'csv' | 'jsonl'): string =>
  withQuery(`${api}/jobs/export`, { ...filter, format });

/** One page of jobs. It stays as it is until asked for again: live changes are patched into it. */
export const jobsQuery = (filter: UwsJobFilter, place: { cursor?: string; at?: string } = {}, limit = 100) =>
  queryOptions({
    queryKey: ['uws', 'jobs', filter, place, limit],
    queryFn: ({ signal }) =>
      get<UwsJobPage>(withQuery(`${api}/jobs`, { ...filter, ...place, limit }), signal),
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
