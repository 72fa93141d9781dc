import type { Audit } from '../../core/audit/index.ts';
import type { Actor } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import type { Db, Tx } from '../../core/db/index.ts';
import type { Events } from '../../core/events/index.ts';
import { perCore } from '../per-core.ts';
import { queueChanged, queueUnknown } from './errors.ts';
import { QueueCatalog } from './queue-catalog.ts';
import type { QueueDocument, QueueStatus } from './queue-document.ts';
import { findStored, lockQueue, type Queue, type StoredQueue, writeQueue } from './queues.store.ts';
import { readQueue } from './read-queue.ts';

/** What changing a queue takes: a core has it, and so has the command line without a server. */
export interface QueueContext {
  readonly db: Db;
  readonly audit: Audit;
  readonly events?: Events;
}

const catalogOf = perCore((core) => new QueueCatalog(core.db.sql));

/** The queue as it stands, at most a second old; null when there is none of that name. */
export function queueOf(core: Core, name: string): Promise<Queue | null> {
  return catalogOf(core).find(name);
}

/** All queues by name, at most a second old. */
export function queuesOf(core: Core): Promise<readonly Queue[]> {
  return catalogOf(core).list();
}

/** The next question of this process reads the database: for tests, and after a change of one's own. */
export function forgetQueues(core: Core): void {
  catalogOf(core).forget();
}

export interface PutOptions {
  status?: QueueStatus;
  /** Why it is changed; stands in the list of versions. */
  why?: string;
  /** The version the description was made from, 0 = none: another one is not overwritten. */
  from?: number;
}

export interface Put {
  /** Of the queue or the endpoint. */
  name: string;
  version: number;
  outcome: 'made' | 'changed' | 'unchanged';
}

/**
 * Makes a queue or changes its description; the same again changes nothing. The status of a queue that exists stays
 * unless one is asked for, or the description has another one than the version before: what an operator set is not
 * undone by the next import. Throws what `readQueue` throws, and `panda.queue-changed`.
 */
export async function putQueue(
  core: QueueContext,
  actor: Actor,
  description: unknown,
  options: PutOptions = {},
): Promise<Put> {
  const document = readQueue(description);
  const queue = document.nickname;
  const put = await core.db.transaction(async (tx): Promise<Put> => {
    await lockQueue(tx, queue);
    const before = await findStored(tx, queue, document);
    const version = before?.version ?? 0;
    if ((options.from ?? version) !== version) throw queueChanged(queue, version);
    const status = options.status ?? nextStatus(document, before);
    if (before?.isSame === true && before.status === status) {
      return { name: queue, version: before.version, outcome: 'unchanged' };
    }
    const why = options.why ?? (before === null ? 'first description' : 'description changed');
    const written = await writeQueue(tx, {
      queue,
      site: document.atlas_site || document.gstat || queue,
      vo: document.vo_name || null,
      status,
      statusReason: before?.status === status ? before.statusReason : (options.why ?? ''),
      document,
      by: actor.name,
      why,
    });
    const outcome = before === null ? 'made' : 'changed';
    await record(core, tx, actor, `panda.queue-${outcome}`, queue, { version: written, status, why });
    return { name: queue, version: written, outcome };
  });
  core.events?.committed();
  return put;
}

function nextStatus({ status }: QueueDocument, before: StoredQueue | null): QueueStatus {
  if (before === null) return status ?? 'online';
  return status !== undefined && status !== before.document.status ? status : before.status;
}

/** Sets what people decided; a downtime that runs may still make it worse. Throws `panda.queue-unknown`. */
export async function setStatus(
  core: QueueContext,
  actor: Actor,
  queue: string,
  status: QueueStatus,
  reason: string,
): Promise<void> {
  await core.db.transaction(async (tx) => {
    await lockQueue(tx, queue);
    const before = await findStored(tx, queue, null);
    if (before === null) throw queueUnknown(queue);
    if (before.status === status && before.statusReason === reason) return;
    const { document } = before;
    const version = await writeQueue(tx, {
      queue,
      site: document.atlas_site || document.gstat || queue,
      vo: document.vo_name || null,
      status,
      statusReason: reason,
      document,
      by: actor.name,
      why: `${before.status} → ${status}: ${reason}`,
    });
    await record(core, tx, actor, 'panda.queue-status-set', queue, { version, status, reason });
  });
  core.events?.committed();
}

type Details = Record<string, string | number>;

async function record(
  { audit }: QueueContext,
  tx: Tx,
  { name, ...where }: Actor,
  action: string,
  queue: string,
  details: Details,
): Promise<void> {
  await audit.record(tx, {
    actor: name,
    action,
    object: { kind: 'panda.queue', id: queue },
    details,
    ...where,
  });
}
