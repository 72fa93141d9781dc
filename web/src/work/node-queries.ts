import type {
  PandaBadNodeList,
  PandaBadNodeQuery,
  PandaNode,
  PandaNodeFilter,
  PandaNodePage,
} from '@orrery/contracts';
import { queryOptions } from '@tanstack/react-query';
import { get, withQuery } from '../shared/api.ts';
import { type KeysetPlace, keysetQuery } from '../shared/keyset-table.tsx';
import { api } from './queries.ts';

export const nodesQuery = (filter: PandaNodeFilter, { cursor }: KeysetPlace = {}, limit = 100) =>
  keysetQuery<PandaNodePage>(
    ['panda', 'nodes', filter, cursor ?? null, limit],
    withQuery(`${api}/nodes`, { ...filter, cursor, limit }),
  );

export const badNodesQuery = (query: PandaBadNodeQuery) =>
  queryOptions({
    queryKey: ['panda', 'bad-nodes', query],
    queryFn: ({ signal }) => get<PandaBadNodeList>(withQuery(`${api}/nodes/bad`, query), signal),
    staleTime: 20_000,
    refetchInterval: 60_000,
    placeholderData: (before) => before,
  });

export const nodeQuery = (site: string, host: string, hours: number) =>
  queryOptions({
    queryKey: ['panda', 'node', site, host, hours],
    queryFn: ({ signal }) =>
      get<PandaNode>(
        withQuery(`${api}/nodes/${encodeURIComponent(site)}/${encodeURIComponent(host)}`, { hours }),
        signal,
      ),
    staleTime: 10_000,
    refetchInterval: 60_000,
  });

/** The page of a machine, below `/ui`. */
export const nodePage = (site: string, host: string): string =>
  `/work/nodes/${encodeURIComponent(site)}/${encodeURIComponent(host)}`;
