import type { FastifyRequest } from 'fastify';
import { demandPermission } from '../../core/auth/index.ts';
import { AppError } from '../../core/errors.ts';
import type { App } from '../../core/http/index.ts';
import type { Definition } from '../definitions/definition.ts';
import { writeOpusVotable } from '../definitions/opus-votable.ts';
import { definitionToOpus, writeOpusJson } from '../definitions/opus-writer.ts';
import type { Service } from '../service.ts';
import { fitsXml } from '../xml/write.ts';
import { readOnly } from './read-only.ts';

/** Definitions as OPUS hands them out; each address gives the newest version. */
export function jdlRoutes(scope: App, service: Service): void {
  const permission = 'uws.definition.read';
  readOnly(scope, '/jdl', permission, async (request) => {
    const all = await service.catalog.list();
    const visible = all
      .filter(({ name }) => request.identity.may(permission, name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return {
      jobnames: visible.map(({ name }) => name),
      details: Object.fromEntries(visible.map(({ name, content }) => [name, asJson(content)])),
    };
  });
  readOnly(scope, '/jdl/:name', permission, async (request, reply) => {
    const content = await readable(service, request);
    return reply
      .type('application/xml; charset=utf-8')
      .header('content-disposition', `attachment; filename="${content.name}_vot.xml"`)
      .send(asVotable(content));
  });
  readOnly(scope, '/jdl/:name/json', permission, async (request) => asJson(await readable(service, request)));
  readOnly(scope, '/jdl/:name/script', permission, async (request, reply) => {
    const { name, script } = await readable(service, request);
    if (script === undefined) throw scriptMissing(name);
    return reply.type('text/plain; charset=utf-8').send(script);
  });
}

/** The definition named by the address, if the caller may read it. */
async function readable(service: Service, request: FastifyRequest): Promise<Definition> {
  const { name } = request.params as { name: string };
  demandPermission(request.identity, 'uws.definition.read', name);
  return (await service.catalog.get(name)).content;
}

function asJson(definition: Definition) {
  return writeOpusJson(definitionToOpus(definition));
}

function asVotable(definition: Definition): string {
  const opus = definitionToOpus(definition);
  const texts = [opus.fields, ...opus.parameters, ...opus.used, ...opus.generated].flatMap(Object.values);
  // A script with a sign replaced would be another script.
  if (!texts.every(fitsXml)) throw notForXml(definition.name);
  return writeOpusVotable(opus);
}

function scriptMissing(name: string): AppError {
  return new AppError(
    'missing',
    'uws.definition-no-script',
    `${name} is a program of this server and has no script.`,
    { next: 'Run it as it is; a script of your own is a definition of your own.' },
  );
}

function notForXml(name: string): AppError {
  return new AppError(
    'conflict',
    'uws.definition-not-xml',
    `${name} holds signs that no XML document can carry.`,
    { next: `Take it as JSON, at /jdl/${name}/json.` },
  );
}
