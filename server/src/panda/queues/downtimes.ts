import type { Actor } from '../../core/auth/index.ts';
import type { Sql } from '../../core/db/index.ts';
import { downtimeRefused, downtimeUnknown, queueUnknown } from './errors.ts';
import type { QueueStatus } from './queue-document.ts';
import type { QueueContext } from './queues.ts';

export interface Downtime {
  downtimeId: number;
  queue: string;
  startsAt: Date;
  endsAt: Date;
  /** What the queue becomes while it lasts, unless it is worse already. */
  status: Exclude<QueueStatus, 'online'>;
  reason: string;
  createdBy: string;
}

export type DowntimeWish = Pick<Downtime, 'queue' | 'startsAt' | 'endsAt' | 'status' | 'reason'>;

/** Downtimes that have not ended, of one queue or of all, the next first. */
export function listDowntimes(sql: Sql, queue?: string): Promise<Downtime[]> {
  return sql<Downtime[]>`
    select downtime_id, queue, starts_at, ends_at, status, reason, created_by from panda.downtime
    where ends_at > clock_timestamp() and ${queue === undefined ? sql`true` : sql`queue = ${queue}`}
    order by starts_at, downtime_id`;
}

/** Announces a downtime and returns its number. Throws `panda.downtime-refused`, `panda.queue-unknown`. */
export async function addDowntime(core: QueueContext, actor: Actor, wish: DowntimeWish): Promise<number> {
  if (!(wish.endsAt.getTime() > wish.startsAt.getTime())) throw downtimeRefused('It ends before it begins.');
  if (wish.reason.trim() === '') throw downtimeRefused('It has no reason.');
  return await core.db.transaction(async (tx) => {
    const [row] = await tx<{ downtimeId: number | null; isOver: boolean }[]>`
      with known as (select queue from panda.queue where queue = ${wish.queue} for key share),
      added as (
        insert into panda.downtime (queue, starts_at, ends_at, status, reason, created_by)
        select queue, ${wish.startsAt}, ${wish.endsAt}, ${wish.status}, ${wish.reason}, ${actor.name} from known
        where ${wish.endsAt} > clock_timestamp()
        returning downtime_id)
      select (select downtime_id from added), ${wish.endsAt} <= clock_timestamp() as is_over from known`;
    if (row === undefined) throw queueUnknown(wish.queue);
    if (row.downtimeId === null) throw downtimeRefused('It has ended already.');
    const { name, ...where } = actor;
    await core.audit.record(tx, {
      actor: name,
      action: 'panda.downtime-added',
      object: { kind: 'panda.queue', id: wish.queue },
      details: {
        downtime: row.downtimeId,
        from: wish.startsAt.toISOString(),
        to: wish.endsAt.toISOString(),
        status: wish.status,
        reason: wish.reason,
      },
      ...where,
    });
    return row.downtimeId;
  });
}

/** Ends a downtime now, or takes back one to come. Throws `panda.downtime-unknown`. */
export async function endDowntime(core: QueueContext, actor: Actor, downtimeId: number): Promise<void> {
  await core.db.transaction(async (tx) => {
    const [gone] = await tx<{ queue: string; reason: string }[]>`
      delete from panda.downtime where downtime_id = ${downtimeId} returning queue, reason`;
    if (gone === undefined) throw downtimeUnknown(downtimeId);
    const { name, ...where } = actor;
    await core.audit.record(tx, {
      actor: name,
      action: 'panda.downtime-ended',
      object: { kind: 'panda.queue', id: gone.queue },
      details: { downtime: downtimeId, reason: gone.reason },
      ...where,
    });
  });
}
