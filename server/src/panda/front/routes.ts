import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { readForm, takeAnyBody } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import { writePythonLiteral } from '../../core/write-python-literal.ts';
import { methodUnknown, pandaErrors } from '../errors.ts';
import { legacyMethods, v1Methods } from '../methods.ts';
import { renderForm, renderJson } from './answers.ts';
import { ArgumentError, castArguments, checkArguments, objectOf } from './arguments.ts';
import { callerOf } from './caller.ts';
import { bodyInvalid, readFields } from './fields.ts';
import { type LegacyAnswer, refused, type V1Answer, type V1Method } from './method.ts';
import { renderPickleInTurns } from './pickle/index.ts';

const bodyLimit = 16 * 1024 * 1024;
/** Whoever has not shown who it is may call little and has little to say; reading more would only take time. */
const anonymousCharacters = 1024 * 1024;
const tooLong = 'A body without credentials may have 1 MiB.';

const frontConfig = {
  allow: 'public',
  errors: pandaErrors,
  // The page's cookie never speaks for a pilot or a client.
  credentials: { session: false },
  sniffGzip: true,
  originIsData: true,
  // pilot3 3.11.5.1 loses a report after two failures 120 s apart.
  outlastsMs: 20_000,
} as const;

/** `/server/panda/<method>` and `/api/v1/<module>/<method>`: two front ends, one table of methods. */
export const frontRoutes: Routes = async (app, core) => {
  const legacy = new Map(legacyMethods.map((method) => [method.name, method]));
  const v1 = new Map(v1Methods.map((method) => [`${method.module}/${method.name}`, method]));
  await app.register(async (scope) => {
    takeAnyBody(scope);
    scope.route<{ Params: { method: string } }>({
      method: ['GET', 'POST'],
      url: '/server/panda/:method',
      bodyLimit,
      config: { ...frontConfig, family: 'PanDA legacy' },
      async handler(request, reply) {
        const method = legacy.get(request.params.method);
        if (method === undefined) throw methodUnknown(request.params.method);
        const caller = callerOf(core, request);
        const body = bodyOf(request);
        if (!caller.isSecure && (body?.length ?? 0) > anonymousCharacters) throw bodyInvalid(tooLong);
        const fields = readFields(queryOf(request), body, request.headers['content-type']);
        const answer = await method.run(core, caller, fields);
        return await sendLegacy(request, reply, answer);
      },
    });
    for (const version of ['v1', 'latest']) {
      scope.route<{ Params: { module: string; method: string } }>({
        method: ['GET', 'POST'],
        url: `/api/${version}/:module/:method`,
        bodyLimit,
        config: { ...frontConfig, family: 'PanDA v1' },
        async handler(request, reply) {
          const { module, method: name } = request.params;
          const method = v1.get(`${module}/${name}`);
          if (method === undefined) throw methodUnknown(name);
          const answer = await callV1(core, request, method);
          if ('bare' in answer) return reply.type('text/plain; charset=utf-8').send(answer.bare);
          return reply.type('application/json').send(renderJson(answer));
        },
      });
    }
  });
};

function queryOf(request: FastifyRequest): string {
  const at = request.url.indexOf('?');
  return at === -1 ? '' : request.url.slice(at + 1);
}

function bodyOf(request: FastifyRequest): string | undefined {
  return typeof request.body === 'string' ? request.body : undefined;
}

/** The order of the refusals is that of panda-server 1.0.3: verb, credentials, role, arguments. */
async function callV1(
  core: Core,
  request: FastifyRequest,
  method: V1Method,
): Promise<V1Answer | { bare: string }> {
  const caller = callerOf(core, request);
  if (method.verb !== 'any' && method.verb !== request.method) {
    return refused(`expecting ${method.verb}, received ${request.method}`);
  }
  if (method.role !== 'public' && !caller.isSecure) return refused('SSL secure connection is required');
  const holdsRole =
    method.role === 'pilot' ? caller.isPilot : method.role === 'production' ? caller.isProduction : true;
  if (!holdsRole) return refused('production or pilot role required');
  try {
    return await method.run(core, caller, readArguments(request, method));
  } catch (thrown) {
    if (thrown instanceof ArgumentError) return refused(thrown.message);
    throw thrown;
  }
}

function readArguments(request: FastifyRequest, method: V1Method): Record<string, unknown> {
  const { parameters } = method;
  const body = bodyOf(request);
  if (method.anyArguments === true) {
    return Object.fromEntries(
      [...readForm(queryOf(request))].map(([name, values]) => [name, values.join(', ')]),
    );
  }
  if (request.method === 'GET' || body === undefined || body === '') {
    return castArguments(parameters, readForm(queryOf(request)));
  }
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/json') || body.startsWith('{')) {
    return checkArguments(parameters, objectOf(body));
  }
  return castArguments(parameters, readForm(body));
}

async function sendLegacy(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: LegacyAnswer,
): Promise<FastifyReply> {
  const wantsJson = request.headers.accept?.includes('application/json') === true;
  if (answer.as === 'json' || (answer.as === 'fields' && wantsJson)) {
    return reply.type('application/json').send(renderJson(answer.value));
  }
  if (answer.as === 'pickle' && answer.orJson !== undefined && wantsJson) {
    return reply.type('application/json').send(renderJson(answer.orJson()));
  }
  void reply.type('text/plain; charset=utf-8');
  if (answer.as === 'text') return reply.send(answer.text);
  if (answer.as === 'python') return reply.send(writePythonLiteral(answer.value));
  if (answer.as === 'pickle') return reply.send(await renderPickleInTurns(answer.value));
  return reply.send(renderForm(answer.value));
}
