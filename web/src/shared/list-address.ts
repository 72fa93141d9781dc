import type { Me } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { KeysetPlace } from './keyset-table.tsx';
import { chosenView, orderedViews, type View, viewsQuery } from './views.ts';

interface Address {
  view?: string | undefined;
  q?: string | undefined;
  cursor?: string | undefined;
  at?: string | undefined;
}

/** What the address of a list means to the one who looks: view, query and place, and how to change them. */
export function useListAddress(list: string, builtIn: readonly View[], me: Me | undefined) {
  const address = useSearch({ strict: false }) as Address;
  const { cursor, at } = address;
  const navigate = useNavigate();
  const hasAccount = me !== undefined && !me.anonymous;
  const saved = useQuery({ ...viewsQuery(list), enabled: hasAccount });
  const views = orderedViews(builtIn, saved.data?.rows ?? []);
  const { view, q, isChanged } = chosenView(views, address);
  // What an address means may hang on who looks and on what was saved; the rows wait for that, once.
  const isKnown = me !== undefined && (address.q !== undefined || !hasAccount || !saved.isPending);
  const go = (next: Address, replace = false) => {
    // A view is named as long as one is near it; without its own query the address stays short.
    const search = { view: next.view ?? view?.id, q: next.q, cursor: next.cursor, at: next.at };
    void navigate({ to: '.', search, replace });
  };
  const filterBy = (text: string, replace = false) =>
    // An empty text is everything, which is a view of its own.
    go(text === '' ? { view: 'all' } : text === view?.q ? {} : { q: text }, replace);
  const place: KeysetPlace = {
    ...(cursor === undefined ? {} : { cursor }),
    ...(at === undefined ? {} : { at }),
  };
  return {
    /** The properties of its `ViewsNav`. */
    views: {
      list,
      views,
      chosen: view,
      q,
      isChanged,
      maySave: hasAccount,
      onChoose: (chosen: View) => go({ view: chosen.id }),
    },
    q,
    isKnown,
    at,
    place,
    filterBy,
    clear: () => go({ view: 'all' }),
    move: (to: KeysetPlace) => go({ q: address.q, ...to }),
  };
}

export type ListAddress = ReturnType<typeof useListAddress>;
