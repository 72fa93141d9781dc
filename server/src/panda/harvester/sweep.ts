import type { Core } from '../../core/core.ts';
import { entriesOf } from '../front/values.ts';
import { queueOf } from '../queues/queues.ts';
import { addCommands } from './commands.store.ts';
import type { Manager } from './manager.ts';
import { mayManage } from './may-manage.ts';

/** Which workers of a queue shall go; `ALL` is every one. */
export interface Sweep {
  queue: string;
  statuses: unknown;
  computingElements: unknown;
  submissionHosts: unknown;
}

/**
 * Orders the Harvester that serves a queue to kill workers there. Computing elements that the queue does not have are
 * left out (panda-server 1.0.3, sweepPQ). Answers `OK`, or what is wrong.
 */
export async function sweepQueue(core: Core, caller: Manager, sweep: Sweep): Promise<string> {
  const queue = await queueOf(core, sweep.queue);
  if (queue === null) return 'Error retrieving queue configuration from DB';
  if (!mayManage(caller, queue)) return `production role of the VO ${queue.vo} required`;
  const document = new Map(entriesOf(queue.document));
  const harvesterId = document.get('harvester');
  if (typeof harvesterId !== 'string' || harvesterId === '') return 'Queue not served by any harvester ID';
  const statuses = namesOf(sweep.statuses);
  const hosts = namesOf(sweep.submissionHosts);
  const wanted = namesOf(sweep.computingElements);
  if (statuses === null || hosts === null || wanted === null) {
    return 'Status, computing elements and submission hosts must be lists of names, or ALL';
  }
  const known = new Set(endpointsOf(document.get('queues')));
  const params = {
    status: statuses,
    computingSite: [sweep.queue],
    computingElement: wanted === 'ALL' ? 'ALL' : wanted.filter((name) => known.has(name)),
    submissionHost: hosts,
  };
  await core.db.transaction(async (tx) => {
    await addCommands(tx, [{ harvesterId, command: 'KILL_WORKERS', params, by: caller.name }]);
    await core.audit.record(tx, {
      actor: caller.identity.name,
      action: 'panda.queue-swept',
      object: { kind: 'panda.queue', id: sweep.queue },
      details: { harvester: harvesterId, ...params },
      address: caller.address,
    });
  });
  return 'OK';
}

function namesOf(value: unknown): string[] | 'ALL' | null {
  if (value === 'ALL') return 'ALL';
  if (!Array.isArray(value) || value.length > 1000) return null;
  const names = value.filter((one): one is string => typeof one === 'string' && one.length <= 255);
  return names.length === value.length ? names.map((name) => name.replaceAll('\0', '').toWellFormed()) : null;
}

export function endpointsOf(queues: unknown): string[] {
  if (!Array.isArray(queues)) return [];
  return queues.map((one) => String(new Map(entriesOf(one)).get('ce_endpoint') ?? ''));
}
