import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { type App, absoluteUrl } from '../../core/http/index.ts';
import { uwsMediaType } from '../jobs/jobs.wire.ts';
import type { Service } from '../service.ts';
import { paramsOf } from './addresses.ts';
import { resource, serviceRoot } from './resource.ts';
import { type Availability, renderAvailability, renderCapabilities } from './vosi.wire.ts';

/**
 * The support interfaces of a service (VOSI 1.1). Anybody may read them, also where jobs need an account:
 * registries and monitors ask without one, and a client learns here how to sign in. They describe the service
 * and say nothing of its jobs or its users.
 */
export function vosiRoutes(scope: App, service: Service): void {
  const add = (path: string, run: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) =>
    resource(scope, path, { GET: { allow: 'public', run } }, serviceRoot);
  add('/capabilities', async (request, reply) => {
    const { name } = await service.catalog.get(paramsOf(request).name);
    const root = absoluteUrl(request, `/rest/${encodeURIComponent(name)}`);
    return reply
      .headers({ 'cache-control': 'no-cache' })
      .type(uwsMediaType)
      .send(renderCapabilities(root, service.settings.anonymous === 'run'));
  });
  add('/availability', async (request, reply) => {
    const availability = await availabilityOf(service, paramsOf(request).name);
    return reply
      .headers({ 'cache-control': 'no-store' })
      .type(uwsMediaType)
      .send(renderAvailability(availability));
  });
  // Words of DALI that must not be taken for the id of a job.
  for (const word of ['tables', 'examples']) {
    add(`/${word}`, async () => {
      throw new AppError('missing', 'uws.resource-unknown', `This service has no ${word}.`, {
        next: 'Its /capabilities name what it has.',
      });
    });
  }
}

/** Throws `missing` for a service that does not exist, as far as that can be known. */
async function availabilityOf({ core, catalog }: Service, name: string): Promise<Availability> {
  const upSince = new Date(performance.timeOrigin);
  if (core.events.waits.isClosing) {
    return { upSince, fault: 'This process is stopping; another one may answer in a moment.' };
  }
  try {
    await catalog.get(name);
    await core.db.sql`select 1`;
    return { upSince, fault: null };
  } catch (error) {
    if (error instanceof AppError && error.kind === 'missing') throw error;
    return { upSince, fault: 'The database does not answer.' };
  }
}
