import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../../core/auth/index.ts';
import { AppError } from '../../core/errors.ts';
import type { App } from '../../core/http/index.ts';
import { entityUnknown, partRemoved, partUnknown } from '../errors.ts';
import type { Job } from '../jobs/job.ts';
import { demandSight, getJob } from '../jobs/jobs.ts';
import { demandOpenLink } from '../jobs/open-link.ts';
import { sendFile } from '../results/send-file.ts';
import type { Service } from '../service.ts';
import { type Entity, entitiesOf, findEntity } from './entities.ts';
import { signedPart } from './links.ts';
import { readOnly } from './read-only.ts';

/** OPUS's store of entities: the files of jobs under ids of their own. */
export function storeRoutes(scope: App, service: Service): void {
  readOnly(scope, '/store', 'uws.job.read', async (request, reply) => {
    const { ID: id } = request.query as { ID?: unknown };
    if (typeof id !== 'string' || id === '') throw idMissing();
    return await send(service, request, reply, await seenEntity(service, request, id));
  });
  // OPUS redirects from here to the address above. Answering at once keeps the file's name and the signature.
  readOnly(scope, '/store/:entity/*', 'public', async (request, reply) => {
    const { entity: id } = request.params as { entity: string };
    const query = request.query as Record<string, unknown>;
    const isSigned = service.core.links.isSigned(signedPart(id), query, service.core.clock.now());
    if (!isSigned && !request.identity.may('uws.job.read')) throw linkNeeded(request.identity);
    const entity = isSigned ? await getEntity(service, id) : await seenEntity(service, request, id);
    // Nothing but a shared job gives out such links.
    if (isSigned) await demandOpenLink(service, entity.job);
    return await send(service, request, reply, entity);
  });
  readOnly(scope, '/store_old/:job/:result', 'uws.job.read', async (request, reply) => {
    const { job: jobId, result } = request.params as { job: string; result: string };
    const job = await getJob(service, jobId);
    demandSight(request.identity, job);
    const entity = entitiesOf(job).find((each) => each.kind === 'result' && each.name === result);
    if (entity === undefined) throw partUnknown(`result ${result}`);
    return await send(service, request, reply, entity);
  });
}

/** The entity, if the caller may see its job. */
function seenEntity(service: Service, { identity }: FastifyRequest, id: string): Promise<Entity> {
  return getEntity(service, id, (job) => demandSight(identity, job));
}

async function getEntity(service: Service, id: string, demand = (_job: Job) => {}): Promise<Entity> {
  const entity = await findEntity(service, id, demand);
  if (entity === null) throw entityUnknown(id);
  return entity;
}

/** The name says which entity the file is, so that OPUS's users recognise it when it comes back as an input. */
async function send(service: Service, request: FastifyRequest, reply: FastifyReply, entity: Entity) {
  if (entity.isRemoved) throw partRemoved(`${entity.kind} ${entity.name}`);
  const name = entity.fileName.split('/').at(-1) ?? entity.fileName;
  const file = { ...entity, fileName: `${entity.entity}_${name}` };
  return await sendFile(service.core, request, reply, file, 'attachment');
}

/** Refusals of this route alone: it lets in whoever has a link, and those who may see jobs. */
function linkNeeded(identity: Identity): AppError {
  if (identity.kind === 'anonymous') {
    return new AppError(
      'unauthenticated',
      'uws.link-needed',
      'This file opens by a link or with an account.',
      {
        next: 'Ask its owner for a link, or send an API token as "Authorization: Bearer …".',
      },
    );
  }
  return new AppError('forbidden', 'uws.link-only', 'This account may open files by a link only.', {
    next: 'Ask the owner of the job for a link.',
  });
}

function idMissing(): AppError {
  return new AppError('invalid', 'uws.entity-missing', 'The address does not say which entity is wanted.', {
    next: 'Ask for /store?ID= with the id of one entity.',
  });
}
