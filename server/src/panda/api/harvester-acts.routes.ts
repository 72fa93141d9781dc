import {
  PandaKillWorkers,
  PandaSweep,
  PandaTargetSlotsWish,
  type PandaWorkersKilled,
} from '@orrery/contracts/panda';
import type { FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { App } from '../../core/http/index.ts';
import { withdrawCommand } from '../harvester/commands.store.ts';
import { HarvesterRefused } from '../harvester/harvester.wire.ts';
import { killWorkers } from '../harvester/kill-workers.ts';
import { managerOf } from '../harvester/manager.ts';
import { mayManage } from '../harvester/may-manage.ts';
import { sweepQueue } from '../harvester/sweep.ts';
import { setTargetSlots } from '../harvester/target-slots.ts';
import { queueUnknown } from '../queues/errors.ts';
import { queueOf } from '../queues/queues.ts';
import { checked } from './body.ts';
import { apiConfig } from './config.ts';
import { checkHarvester } from './describe-harvester.ts';

/** Orders to Harvesters by production roles of a VO and operators; the same as the methods of PanDA give. */
export function harvesterActRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.production');
  scope.delete(
    '/api/panda/harvesters/:harvester/commands/:command',
    { config: apiConfig('panda.operate') },
    async (request, reply) => {
      await cancelCommand(core, request);
      return reply.code(204).send();
    },
  );
  scope.post(
    '/api/panda/harvesters/:harvester/kill-workers',
    { config },
    async (request): Promise<PandaWorkersKilled> => {
      const { harvester } = request.params as { harvester: string };
      const { workers } = checked(PandaKillWorkers, request.body);
      return await killWorkers(core, managerOf(request), harvester, workers);
    },
  );
  scope.post('/api/panda/queues/:queue/sweep', { config }, async (request, reply) => {
    const queue = await managed(core, request);
    const sweep = checked(PandaSweep, request.body);
    const outcome = await sweepQueue(core, managerOf(request), { queue, ...sweep });
    if (outcome !== 'OK')
      throw new AppError('conflict', 'panda.sweep-refused', `No worker is killed: ${outcome}.`, {
        next: 'Look at the key harvester of the description of the queue.',
      });
    return reply.code(204).send();
  });
  scope.put('/api/panda/queues/:queue/target-slots', { config }, async (request, reply) => {
    const queue = await managed(core, request);
    await putSlots(core, request, { queue, ...checked(PandaTargetSlotsWish, request.body) });
    return reply.code(204).send();
  });
}

/** The queue of the address, when the caller may order something there. Throws when not. */
async function managed(core: Core, request: FastifyRequest): Promise<string> {
  const { queue: name } = request.params as { queue: string };
  const queue = await queueOf(core, name);
  if (queue === null) throw queueUnknown(name);
  if (!mayManage(managerOf(request), queue))
    throw new AppError('forbidden', 'panda.queue-not-managed', `You do not manage ${name}.`, {
      next: `Ask somebody with the production role of the VO ${queue.vo}, or an operator.`,
    });
  return name;
}

async function cancelCommand(core: Core, request: FastifyRequest): Promise<void> {
  const { harvester, command: text } = request.params as { harvester: string; command: string };
  await checkHarvester(core, harvester);
  const commandId = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  const { identity, address } = managerOf(request);
  const withdrawn = await core.db.transaction(async (tx) => {
    const command = await withdrawCommand(tx, harvester, commandId);
    if (command !== null)
      await core.audit.record(tx, {
        actor: identity.name,
        action: 'panda.harvester-command-cancelled',
        object: { kind: 'panda.harvester', id: harvester },
        details: {
          commandId,
          command: command.command,
          params: JSON.stringify(command.params).slice(0, 2000),
        },
        address,
      });
    return command;
  });
  if (withdrawn === null)
    throw new AppError('conflict', 'panda.command-taken', 'The Harvester has taken this order already.', {
      next: 'What it has taken it does; see whether it has acknowledged it.',
    });
}

async function putSlots(
  core: Core,
  request: FastifyRequest,
  { expiresAt, ...wish }: PandaTargetSlotsWish & { queue: string },
): Promise<void> {
  try {
    const { share, resourceType } = wish;
    await setTargetSlots(core, managerOf(request), { ...wish, share, resourceType, expires: expiresAt });
  } catch (cause) {
    if (!(cause instanceof HarvesterRefused)) throw cause;
    throw new AppError('invalid', 'panda.target-slots-refused', `The wish is not kept: ${cause.message}.`, {
      next: 'Give whole slots, and an instant to come.',
      cause,
    });
  }
}
