import type { Sql } from '../db/index.ts';
import { AppError } from '../errors.ts';

/** Collections share this advisory lock, a backup has it alone; the number only has to stay the same. */
const lock = 4_720_119;

/**
 * From here to `resumeGarbage`, or to the end of the session, no process removes a blob. A snapshot taken
 * afterwards refers to blobs that stay. Waits for a collection under way (at most 30 s).
 * Throws conflict `files.garbage-paused` when another session has paused it already.
 */
export async function pauseGarbage(session: Sql): Promise<void> {
  try {
    await session`set lock_timeout = '30s'`;
    await session`select pg_advisory_lock(${lock})`;
  } catch (cause) {
    if ((cause as { code?: string }).code !== '55P03') throw cause;
    throw new AppError('conflict', 'files.garbage-paused', 'Another backup of this database is being made.', {
      next: 'Wait until it has ended.',
      cause,
    });
  } finally {
    await session`set lock_timeout = 0`;
  }
}

export async function resumeGarbage(session: Sql): Promise<void> {
  await session`select pg_advisory_unlock(${lock})`;
}

/** To be asked first in a transaction that removes blobs; when it says yes, nobody can pause until the commit. */
export async function mayCollect(tx: Sql): Promise<boolean> {
  const [turn] = await tx<{ free: boolean }[]>`select pg_try_advisory_xact_lock_shared(${lock}) as free`;
  return turn?.free === true;
}
