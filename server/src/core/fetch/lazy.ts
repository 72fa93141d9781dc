import { createAddressCheck } from './address.ts';
import type { GuardedFetch, GuardedFetchOptions } from './guarded-fetch.ts';

/** As `guarded-fetch.ts` has it; the HTTP client is loaded with the first address that is fetched. */
export function createGuardedFetch(options: GuardedFetchOptions = {}): GuardedFetch {
  createAddressCheck(options.allowPrivate ?? []); // a wrong setting stops the start, not the first fetch
  let made: Promise<GuardedFetch> | undefined;
  return {
    async get(url, more) {
      made ??= import('./guarded-fetch.ts').then((module) => module.createGuardedFetch(options));
      return (await made).get(url, more);
    },
    async close() {
      await (await made)?.close();
    },
  };
}
