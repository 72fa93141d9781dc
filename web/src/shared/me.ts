import type { Board, Me } from '@orrery/contracts';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { get } from './api.ts';

/** Who looks, and what this server is. */
export const meQuery = queryOptions({
  queryKey: ['core', 'me'],
  queryFn: ({ signal }) => get<Me>('/api/core/me', signal),
  staleTime: 60_000,
  retry: 2,
});

export const boardQuery = queryOptions({
  queryKey: ['core', 'board'],
  queryFn: ({ signal }) => get<Board>('/api/core/board', signal),
  staleTime: 4_000,
  // Measurements have no events of their own; the server gathers them every few seconds.
  refetchInterval: 10_000,
});

export const useMe = (): Me | undefined => useQuery(meQuery).data;

/** The board for whoever wants its red numbers; anonymous callers have none. */
export function useBoard() {
  const me = useMe();
  return useQuery({ ...boardQuery, enabled: me !== undefined && !me.anonymous && !me.mustChangePassword });
}
