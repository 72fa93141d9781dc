export { type AddressCheck, createAddressCheck } from './address.ts';
export {
  createGuardedFetch,
  type Fetched,
  type GuardedFetch,
  type GuardedFetchOptions,
  type GuardedGetOptions,
} from './guarded-fetch.ts';
