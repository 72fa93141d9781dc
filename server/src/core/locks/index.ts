export { createLocks, type HeldLock, type Lease, type Locks } from './locks.ts';
