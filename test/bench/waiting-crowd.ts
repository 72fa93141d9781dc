import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../../server/src/core/db/index.ts';
import { residentBytes } from './installation.ts';

/** Answers that arrived, by the object that was waited for: when the last byte came. */
export type Arrivals<Id> = Map<Id, number[]>;

/** Requests that wait, each on a socket of its own, as each client has one. */
export interface Crowd<Id> {
  arrivals: Arrivals<Id>;
  /** Answers that should not have come. */
  failures: string[];
  /** Opens waits for these objects, over all ports in turn; resolves when the requests are written. */
  open(ports: readonly number[], ids: readonly Id[]): Promise<void>;
  close(): void;
}

export interface WaitRequest<Id> {
  /** Path and header lines of the wait for one object. */
  request: (id: Id) => string;
  /** The last bytes of a whole answer. */
  end: RegExp;
  /** Whether an answer shows the object changed. */
  isChanged: (answer: string) => boolean;
}

/** On bare sockets, because whole HTTP clients would need more memory than the server that is measured. */
export function aWaitingCrowd<Id>({ request, end, isChanged }: WaitRequest<Id>): Crowd<Id> {
  const sockets = new Set<Socket>();
  const arrivals: Arrivals<Id> = new Map();
  const failures: string[] = [];
  const openOne = (port: number, id: Id): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      sockets.add(socket);
      let text = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk;
        if (!end.test(text)) return;
        const now = performance.now();
        if (!text.startsWith('HTTP/1.1 200') || !isChanged(text)) {
          failures.push(`a wait for ${id} was answered with: ${text}`);
        }
        arrivals.set(id, [...(arrivals.get(id) ?? []), now]);
        sockets.delete(socket);
        socket.destroy();
      });
      socket.on('error', reject).on('connect', () => {
        socket.write(`${request(id)}\r\n\r\n`, () => resolve());
      });
    });
  return {
    arrivals,
    failures,
    async open(ports, ids) {
      for (let at = 0; at < ids.length; at += 100) {
        await Promise.all(
          ids.slice(at, at + 100).map((id, index) => openOne(ports[index % ports.length] as number, id)),
        );
      }
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Changes one object and resolves right after the commit, with the time. */
type Finish<Id> = (ids: readonly Id[]) => Promise<number>;

/** Changes random objects at a steady rate; milliseconds from each commit to the last byte of its answer. */
export async function changeSome<Id>(
  crowd: Crowd<Id>,
  ids: readonly Id[],
  finish: Finish<Id>,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<number[]> {
  const chosen = [...ids].sort(() => Math.random() - 0.5).slice(0, perSecond * seconds);
  const committed = new Map<Id, number>();
  const start = performance.now();
  const changes: Promise<void>[] = [];
  for (const [index, id] of chosen.entries()) {
    const dueMs = (index * 1000) / perSecond - (performance.now() - start);
    if (dueMs > 0) await sleep(dueMs);
    changes.push(finish([id]).then((at) => void committed.set(id, at)));
  }
  await Promise.all(changes);
  await untilAnswered(crowd, chosen, 1);
  return chosen.map((id) => (crowd.arrivals.get(id)?.[0] as number) - (committed.get(id) as number));
}

/** Opens many waits for one object and changes it; milliseconds from the commit to the last of the answers. */
export async function wakeAll<Id>(
  crowd: Crowd<Id>,
  ports: readonly number[],
  id: Id,
  count: number,
  finish: Finish<Id>,
): Promise<number> {
  crowd.arrivals.delete(id);
  await crowd.open(
    ports,
    Array.from({ length: count }, () => id),
  );
  await sleep(3000);
  const committed = await finish([id]);
  await untilAnswered(crowd, [id], count);
  return Math.max(...(crowd.arrivals.get(id) as number[])) - committed;
}

/** Until each of these objects had so many answers. */
export async function untilAnswered<Id>(
  { arrivals }: Crowd<Id>,
  ids: readonly Id[],
  count: number,
): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const missing = ids.filter((id) => (arrivals.get(id)?.length ?? 0) < count).length;
    if (missing === 0) return;
    if (Date.now() > deadline) throw new Error(`waits of ${missing} objects were not woken`);
    await sleep(10);
  }
}

/** Until the servers themselves say that they hold so many waits (they say it every five seconds). */
export async function untilWaiting(db: Db, total: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const [row] = await db.sql<{ waits: number }[]>`
      select sum(open_waits)::int as waits from core.process where seen_at > clock_timestamp() - interval '10 seconds'`;
    if (row?.waits === total) return;
    if (Date.now() > deadline) throw new Error(`the servers hold ${row?.waits} of ${total} waits`);
    await sleep(500);
  }
}

/** Resident memory of these processes together, bytes. */
export async function memoryOf(pids: readonly number[]): Promise<number> {
  return (await Promise.all(pids.map(residentBytes))).reduce((sum, bytes) => sum + bytes, 0);
}
