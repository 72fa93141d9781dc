import type { Core } from '../../core/core.ts';
import { readInstant, readInteger, readText } from '../front/values.ts';
import { queueOf } from '../queues/queues.ts';
import { putTargetSlots } from './harvester.store.ts';
import { HarvesterRefused } from './harvester.wire.ts';
import type { Manager } from './manager.ts';
import { mayManage } from './may-manage.ts';

export interface SlotsWish {
  queue: unknown;
  slots: unknown;
  share: unknown;
  resourceType: unknown;
  /** Days from now, or an instant. */
  expires: unknown;
}

const dayMs = 86_400_000;

/**
 * Sets how many slots a queue shall have; -1 takes the wish back. Answers the sentence of panda-server 1.0.3. Throws
 * HarvesterRefused.
 */
export async function setTargetSlots(core: Core, caller: Manager, wish: SlotsWish): Promise<string> {
  const queue = readText(wish.queue, 128) ?? '';
  const slots = readInteger(wish.slots, -1);
  if (slots === null) throw new HarvesterRefused('slots must be a number from -1');
  const known = await queueOf(core, queue);
  if (known === null) throw new HarvesterRefused(`there is no queue ${queue}`);
  if (!mayManage(caller, known)) throw new HarvesterRefused(`production role of the VO ${known.vo} required`);
  const share = readText(wish.share, 32);
  const resourceType = readText(wish.resourceType, 56);
  const target = {
    queue,
    share: share ?? '',
    resourceType: resourceType ?? '',
    slots,
    expiresAt: readExpiry(wish.expires),
    by: caller.name,
  };
  await core.db.transaction(async (tx) => {
    await putTargetSlots(tx, target);
    await core.audit.record(tx, {
      actor: caller.identity.name,
      action: 'panda.target-slots-set',
      object: { kind: 'panda.queue', id: queue },
      details: { slots, share, resourceType, expiresAt: target.expiresAt?.toISOString() ?? null },
      address: caller.address,
    });
  });
  return `set numSlots=${slots} for PQ=${queue} gshare=${share ?? 'None'} resource=${resourceType ?? 'None'}`;
}

function readExpiry(value: unknown): Date | null {
  if (value === null || value === undefined || value === '') return null;
  const days = readInteger(value, 0, 36_500);
  if (days !== null) return new Date(Date.now() + days * dayMs);
  const text = typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? `${value} 00:00:00` : value;
  const instant = readInstant(text);
  if (instant === null) throw new HarvesterRefused('the expiration must be a number of days or a date');
  return instant;
}
