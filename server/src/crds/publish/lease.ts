import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { unguessableId } from '../../core/ids.ts';
import type { Lease } from '../../core/locks/index.ts';

/** A publisher that died leaves the folder to others after this time. */
const leaseSeconds = 30;

/**
 * Runs `work` while this process alone publishes an observatory; undefined when another one does. The signal aborts
 * when the lease is lost.
 */
export async function withLease<T>(
  core: Core,
  observatory: string,
  work: (held: { lock: string; lease: Lease; signal: AbortSignal }) => Promise<T>,
): Promise<T | undefined> {
  const lock = `crds.publish:${observatory}`;
  const { sql } = core.db;
  // An owner of its own for each run: one owner may take its lock away from itself.
  const owner = `${core.processId} ${unguessableId(8)}`;
  const lease = await core.locks.acquire(sql, lock, owner, leaseSeconds, 'publishes');
  if (lease === null) return undefined;
  const lost = new AbortController();
  const renewal = setInterval(
    () => {
      core.locks.renew(sql, lock, lease.fence, leaseSeconds).then(
        (renewed) => renewed ?? lost.abort(leaseLost(observatory)),
        (error: unknown) => lost.abort(error),
      );
    },
    (leaseSeconds * 1000) / 3,
  );
  try {
    return await work({ lock, lease, signal: lost.signal });
  } finally {
    clearInterval(renewal);
    await core.locks.release(sql, lock, lease.fence).catch(() => false);
  }
}

function leaseLost(observatory: string): AppError {
  return new AppError(
    'conflict',
    'crds.publish-lease-lost',
    `Another process publishes ${observatory} now.`,
    {
      next: 'Nothing has to be done: it goes on where this one was.',
    },
  );
}
