import type { FastifyRequest } from 'fastify';
import { demandPermission, isLocalRequest } from '../../core/auth/index.ts';
import type { App } from '../../core/http/index.ts';
import { overdueJobs } from '../overdue.ts';
import type { Service } from '../service.ts';
import { readOnly } from './read-only.ts';

/**
 * OPUS had to be asked, by cron on its own machine, to look after its jobs. We do it by ourselves; the address
 * stays, so that an old crontab sees no failure, and says how things stand.
 */
export function maintenanceRoutes(scope: App, service: Service): void {
  readOnly(scope, '/handler/maintenance/:name', 'public', async (request, reply) => {
    if (!isLocalRequest(request)) demandPermission(request.identity, 'core.operate');
    return reply.type('text/plain; charset=utf-8').send(await report(service, request));
  });
}

async function report({ core, catalog }: Service, request: FastifyRequest): Promise<string> {
  const { name } = request.params as { name: string };
  const names = name === '__all__' ? (await catalog.list()).map((each) => each.name) : [name];
  if (name !== '__all__') await catalog.get(name);
  const { total } = await overdueJobs.find(core.db.sql, core.clock.now(), 1);
  return [
    'Maintenance report:',
    ...names.sort().map((each) => `Maintenance checks for ${each}...`),
    'Nothing is left to do here: this server follows its jobs, ends those that exceed their duration and destroys',
    'those whose time has come by itself. No cron is needed.',
    `Jobs past a deadline, of all definitions: ${total}`,
    'Done',
    '',
  ].join('\n');
}
