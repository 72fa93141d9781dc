import { useEffect } from 'react';
import { createStore } from './store.ts';

export interface Crumb {
  label: string;
  /** Address below `/ui`; the last crumb has none. */
  to?: string;
  mono?: boolean;
}

/** The crumbs of the page shown now; the shell draws them. */
export const crumbs = createStore<Crumb[]>([]);

/** Says where one is: crumbs in the top bar and the title of the window. */
export function usePlace(place: Crumb[]): void {
  const spelled = JSON.stringify(place);
  useEffect(() => {
    const list = JSON.parse(spelled) as Crumb[];
    crumbs.set(list);
    const words = list.map((crumb) => crumb.label).reverse();
    document.title = [...words, 'Orrery'].join(' · ');
  }, [spelled]);
}
