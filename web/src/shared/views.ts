import type { SavedView, SavedViewList } from '@orrery/contracts';
import { queryOptions } from '@tanstack/react-query';
import { call, get, withQuery } from './api.ts';

/** A named address of a list: one of the page itself, or a saved one. */
export interface View {
  id: string;
  name: string;
  /** The text query. */
  q: string;
  saved?: SavedView;
}

export const viewsQuery = (list: string) =>
  queryOptions({
    queryKey: ['core', 'views', list],
    queryFn: ({ signal }) => get<SavedViewList>(withQuery('/api/core/views', { list }), signal),
    staleTime: 30_000,
  });

export const viewOf = (saved: SavedView): View => ({
  id: saved.id,
  name: saved.name,
  q: new URLSearchParams(saved.query).get('q') ?? '',
  saved,
});

const queryText = (q: string) => new URLSearchParams(q === '' ? {} : { q }).toString();

export const saveView = (list: string, name: string, q: string, shared: boolean): Promise<SavedView> =>
  call('POST', '/api/core/views', { body: { list, name, query: queryText(q), shared } });

export const changeView = (
  id: string,
  change: { name?: string; q?: string; shared?: boolean; first?: true },
): Promise<SavedView> => {
  const { q, ...rest } = change;
  const body = { ...rest, ...(q === undefined ? {} : { query: queryText(q) }) };
  return call('PATCH', `/api/core/views/${encodeURIComponent(id)}`, { body });
};

export const deleteView = (id: string): Promise<void> =>
  call('DELETE', `/api/core/views/${encodeURIComponent(id)}`);

/** One's own views, the page's, then what others share. */
export function orderedViews(builtIn: readonly View[], saved: readonly SavedView[]): View[] {
  const mine = saved.filter((view) => view.mine).map(viewOf);
  const others = saved.filter((view) => !view.mine).map(viewOf);
  return [...mine, ...builtIn, ...others];
}

/**
 * What an address shows: the view it names, else the one whose query it has; without either the first of one's own
 * views, else the first of the page. `q` is the query that holds, which may differ from the view's.
 */
export function chosenView(
  views: readonly View[],
  address: { view?: string | undefined; q?: string | undefined },
): { view: View | undefined; q: string; isChanged: boolean } {
  const { view: id, q: asked } = address;
  const named = id === undefined ? undefined : views.find((view) => view.id === id);
  const exact = asked === undefined ? undefined : views.find((view) => view.q === asked);
  const first = views.find((view) => view.saved?.mine === true) ?? views[0];
  const isNowhere = id === undefined && asked === undefined;
  // One's own view stays chosen while it is changed, so that it can be saved.
  const view = named?.saved?.mine === true ? named : (exact ?? named ?? (isNowhere ? first : undefined));
  const q = asked ?? view?.q ?? '';
  return { view, q, isChanged: view !== undefined && view.q !== q };
}
