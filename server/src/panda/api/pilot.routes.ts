import { PandaPilotEnd, type PandaPilotEnded } from '@orrery/contracts/panda';
import { actorOf } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { stopPilot, stopPilots } from '../factory/stop-pilots.ts';
import { queueUnknown } from '../queues/errors.ts';
import { queueOf } from '../queues/queues.ts';
import { checked } from './body.ts';
import { apiConfig } from './config.ts';

/** Ends pilots that this server has started; their number is that of the worker of "orrery". */
export function pilotRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.operate');
  scope.post('/api/panda/pilots/:id/end', { config }, async (request): Promise<PandaPilotEnded> => {
    const { id } = request.params as { id: string };
    const { now = false } = checked(PandaPilotEnd, request.body ?? {});
    const number = /^\d{1,15}$/.test(id) ? Number(id) : -1;
    const { pilotRunId } = await stopPilot(core, actorOf(request), number, now);
    return { pilots: [pilotRunId] };
  });
  scope.post('/api/panda/queues/:queue/end-pilots', { config }, async (request): Promise<PandaPilotEnded> => {
    const { queue } = request.params as { queue: string };
    const { now = false } = checked(PandaPilotEnd, request.body ?? {});
    if ((await queueOf(core, queue)) === null) throw queueUnknown(queue);
    const asked = await stopPilots(core, actorOf(request), { queue, now });
    return { pilots: asked.map(({ pilotRunId }) => pilotRunId) };
  });
}
