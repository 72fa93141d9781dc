export { type AddressCheck, createAddressCheck } from './address.ts';
export type { Fetched, GuardedFetch, GuardedFetchOptions, GuardedGetOptions } from './guarded-fetch.ts';
export { createGuardedFetch } from './lazy.ts';
