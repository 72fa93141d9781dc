import type { Db } from '../db/index.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** Kinds that have new tasks, told to the other processes. */
export interface Wake {
  /** Tells the others soon: at most one autocommitted NOTIFY per 20 ms. */
  tell(kinds: Iterable<string>): void;
  /** Hears of all processes, also of this one. */
  listen(hear: (kinds: string[]) => void): Promise<void>;
  stop(): Promise<void>;
}

const channel = 'orrery_task';
const pauseMs = 20;

/**
 * NOTIFY stands in a statement of its own after the commit, never inside the transaction that adds a task:
 * there it would hold a lock of the whole cluster through the commit's flush. A lost one costs a poll's time.
 */
export function createWake(db: Db, log: Log): Wake {
  const dirty = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> = Promise.resolve();
  let unlisten: (() => Promise<void>) | undefined;

  const send = async (): Promise<void> => {
    // A payload is shorter than 8,000 bytes; nothing at all means "look at every kind".
    const kinds = [...dirty].join(' ');
    dirty.clear();
    timer = undefined;
    try {
      await db.sql`select pg_notify(${channel}, ${kinds.length < 7000 ? kinds : ''})`;
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'the other processes were not told of new tasks');
    }
  };
  return {
    tell(kinds) {
      for (const kind of kinds) dirty.add(kind);
      timer ??= setTimeout(() => {
        sending = send();
      }, pauseMs);
    },
    async listen(hear) {
      const listening = await db.direct.listen(
        channel,
        (payload) => hear(payload.split(' ').filter((kind) => kind !== '')),
        () => hear([]), // after a reconnection anything may have been missed
      );
      unlisten = listening.unlisten;
    },
    async stop() {
      if (timer !== undefined) {
        clearTimeout(timer);
        sending = send();
      }
      await sending;
      await unlisten?.();
    },
  };
}
