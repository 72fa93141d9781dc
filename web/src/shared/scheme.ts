import type { MantineColorSchemeManager } from '@mantine/core';
import { createStore } from './store.ts';

export type Scheme = 'auto' | 'light' | 'dark';
const key = 'orrery.scheme';

function stored(): Scheme {
  const value = localStorage.getItem(key);
  return value === 'light' || value === 'dark' ? value : 'auto';
}

/** The user's choice; `auto` follows the system. `scheme.js` reads the same key before the first paint. */
export const scheme = createStore<Scheme>(stored());

export const schemeManager: MantineColorSchemeManager = {
  get: () => stored(),
  set(value) {
    if (value === 'auto') localStorage.removeItem(key);
    else localStorage.setItem(key, value);
    scheme.set(value);
  },
  subscribe() {},
  unsubscribe() {},
  clear: () => localStorage.removeItem(key),
};
