export { createLocks, type HeldLock, type Lease, type Locks } from './locks.ts';
export { lockBackup } from './tables.ts';
