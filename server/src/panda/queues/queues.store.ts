import type { Sql, Tx } from '../../core/db/index.ts';
import type { QueueDocument, QueueStatus } from './queue-document.ts';

/** A queue as it stands now. */
export interface Queue {
  queue: string;
  site: string;
  /** Null: every VO may use it. */
  vo: string | null;
  /** What counts: a downtime that runs makes the status worse, never better. */
  status: QueueStatus;
  statusReason: string;
  /** What was set by a person, whatever downtimes say. */
  ownStatus: QueueStatus;
  statusSince: Date;
  statusBy: string;
  document: QueueDocument;
  version: number;
  modifiedAt: Date;
}

/** Everything but the document, which is large and seldom changes. */
export type QueueState = Omit<Queue, 'document'>;

/** From best to worst; the worst of the own status and the running downtimes counts. */
const rank = (sql: Sql, column: ReturnType<Sql>) =>
  sql`array_position(array['online', 'test', 'brokeroff', 'paused', 'offline'], ${column})`;

const state = (sql: Sql) => sql`
  q.queue, q.site, q.vo, q.status as own_status, q.version, q.modified_at,
  case when d.status is null then q.status else d.status end as status,
  case when d.status is null then q.status_reason else d.reason end as status_reason,
  case when d.status is null then q.status_since else d.starts_at end as status_since,
  case when d.status is null then q.status_by else d.created_by end as status_by`;

/** The worst downtime of each queue that runs now; it counts where it is worse than the queue's own status. */
const running = (sql: Sql) => sql`
  running as (
    select distinct on (queue) queue, status, reason, starts_at, created_by from panda.downtime
    where starts_at <= now() and ends_at > now()
    order by queue, ${rank(sql, sql`status`)} desc, downtime_id)`;

const withDowntime = (sql: Sql) => sql`
  left join running d on d.queue = q.queue and ${rank(sql, sql`d.status`)} > ${rank(sql, sql`q.status`)}`;

export function listStates(sql: Sql): Promise<QueueState[]> {
  return sql<QueueState[]>`
    with ${running(sql)} select ${state(sql)} from panda.queue q ${withDowntime(sql)} order by q.queue`;
}

/** All queues with their documents, by name. */
export function listQueues(sql: Sql): Promise<Queue[]> {
  return sql<Queue[]>`
    with ${running(sql)} select ${state(sql)}, q.document from panda.queue q ${withDowntime(sql)} order by q.queue`;
}

export function listDocuments(
  sql: Sql,
  queues: readonly string[],
): Promise<Array<{ queue: string; version: number; document: QueueDocument }>> {
  return sql`select queue, version, document from panda.queue where queue = any(${queues}::text[])`;
}

export interface StoredQueue {
  status: QueueStatus;
  statusReason: string;
  document: QueueDocument;
  version: number;
  /** Whether the document that was asked about is the stored one. */
  isSame: boolean;
}

/** Keeps others from changing the queue until the end of `tx`, whether it is there or not. */
export async function lockQueue(tx: Tx, queue: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`panda.queue ${queue}`}, 0))`;
}

/** The stored queue, compared with a document. */
export async function findStored(
  tx: Tx,
  queue: string,
  document: QueueDocument | null,
): Promise<StoredQueue | null> {
  const [row] = await tx<StoredQueue[]>`
    select status, status_reason, document, version,
      document = ${JSON.stringify(document)}::text::jsonb as is_same
    from panda.queue where queue = ${queue}`;
  return row ?? null;
}

export interface QueueWrite {
  queue: string;
  site: string;
  vo: string | null;
  status: QueueStatus;
  statusReason: string;
  document: QueueDocument;
  by: string;
  why: string;
}

/** Writes the queue and its next version; returns the number. */
export async function writeQueue(tx: Tx, write: QueueWrite): Promise<number> {
  const document = JSON.stringify(write.document);
  const [row] = await tx<[{ version: number }]>`
    with written as (
      insert into panda.queue as q (queue, site, vo, status, status_reason, status_by, document)
      values (${write.queue}, ${write.site}, ${write.vo}, ${write.status}, ${write.statusReason}, ${write.by},
        ${document}::text::jsonb)
      on conflict (queue) do update set
        site = excluded.site, vo = excluded.vo, document = excluded.document, version = q.version + 1,
        status = excluded.status, status_reason = excluded.status_reason,
        status_since = case when q.status = excluded.status then q.status_since else clock_timestamp() end,
        status_by = case when q.status = excluded.status and q.status_reason = excluded.status_reason
          then q.status_by else excluded.status_by end,
        modified_at = clock_timestamp()
      returning queue, version, document, status)
    insert into panda.queue_version (queue, version, document, status, why, changed_by)
    select queue, version, document, status, ${write.why}, ${write.by} from written
    returning version`;
  return row.version;
}

export interface QueueVersion {
  version: number;
  document: QueueDocument;
  status: QueueStatus;
  why: string;
  changedBy: string;
  at: Date;
}

/** The versions of a queue, newest first; the last hundred. */
export function listVersions(sql: Sql, queue: string): Promise<QueueVersion[]> {
  return sql<QueueVersion[]>`
    select version, document, status, why, changed_by, at from panda.queue_version
    where queue = ${queue} order by version desc limit 100`;
}
