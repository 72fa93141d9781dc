import type {
  PandaCommandPage,
  PandaCommandQuery,
  PandaDialogPage,
  PandaDialogQuery,
  PandaHarvester,
  PandaHarvesterList,
  PandaHarvesterMetrics,
} from '@orrery/contracts';
import { queryOptions } from '@tanstack/react-query';
import { get, withQuery } from '../shared/api.ts';
import { type KeysetPlace, keysetQuery } from '../shared/keyset-table.tsx';
import { api } from './queries.ts';

export const harvesterPath = (id: string): string => `${api}/harvesters/${encodeURIComponent(id)}`;

export const harvestersQuery = queryOptions({
  queryKey: ['panda', 'harvesters'],
  queryFn: ({ signal }) => get<PandaHarvesterList>(`${api}/harvesters`, signal),
  staleTime: 5_000,
  refetchInterval: 20_000,
});

export const harvesterQuery = (id: string) =>
  queryOptions({
    queryKey: ['panda', 'harvester', id],
    queryFn: ({ signal }) => get<PandaHarvester>(harvesterPath(id), signal),
    staleTime: 5_000,
    refetchInterval: 20_000,
  });

export const dialogsQuery = (id: string, filter: PandaDialogQuery, { cursor }: KeysetPlace = {}) =>
  keysetQuery<PandaDialogPage>(
    ['panda', 'harvester', id, 'dialogs', filter, cursor ?? null],
    withQuery(`${harvesterPath(id)}/dialogs`, { ...filter, cursor }),
  );

export const commandsQuery = (id: string, filter: PandaCommandQuery, { cursor }: KeysetPlace = {}) =>
  keysetQuery<PandaCommandPage>(
    ['panda', 'harvester', id, 'commands', filter, cursor ?? null],
    withQuery(`${harvesterPath(id)}/commands`, { ...filter, cursor }),
  );

export const metricsQuery = (id: string, hours: number) =>
  queryOptions({
    queryKey: ['panda', 'harvester', id, 'metrics', hours],
    queryFn: ({ signal }) =>
      get<PandaHarvesterMetrics>(withQuery(`${harvesterPath(id)}/metrics`, { hours }), signal),
    staleTime: 30_000,
    refetchInterval: 60_000,
    placeholderData: (before) => before,
  });
