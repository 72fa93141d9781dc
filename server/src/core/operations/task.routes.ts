import Type from 'typebox';
import type { Core } from '../core.ts';
import { type App, jsonErrors } from '../http/index.ts';
import { noteChange } from './note-change.ts';

const operator = { allow: 'core.operate', errors: jsonErrors, family: 'Pages, other' } as const;
const oneTask = Type.Object({ id: Type.Integer({ minimum: 1 }) });
const oneKind = Type.Object({ kind: Type.String({ maxLength: 100 }) });

/** Background tasks for operators: how many of each kind, which are dead, run again, pause and resume. */
export function taskRoutes(app: App, core: Core): void {
  app.get('/api/core/tasks/kinds', { config: operator }, () => core.queue.counts());

  app.get<{ Querystring: { kind?: string; before?: number; limit: number } }>(
    '/api/core/tasks',
    {
      config: operator,
      schema: {
        querystring: Type.Object({
          kind: Type.Optional(Type.String({ maxLength: 100 })),
          before: Type.Optional(Type.Integer({ minimum: 1 })),
          limit: Type.Integer({ minimum: 1, maximum: 200, default: 100 }),
        }),
      },
    },
    ({ query }) => core.queue.list(query),
  );

  app.post<{ Params: { id: number } }>(
    '/api/core/tasks/:id/run-again',
    { config: operator, schema: { params: oneTask } },
    async (request) => {
      const taskId = await core.queue.runAgain(request.params.id);
      await noteChange(core, request, 'task.run-again', { kind: 'task', id: String(request.params.id) });
      return { taskId };
    },
  );

  app.post<{ Params: { kind: string }; Body: { reason: string } }>(
    '/api/core/tasks/kinds/:kind/pause',
    {
      config: operator,
      schema: {
        params: oneKind,
        body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }),
      },
    },
    async (request, reply) => {
      const { kind } = request.params;
      await core.queue.pause(kind, request.body.reason);
      await noteChange(
        core,
        request,
        'task.pause',
        { kind: 'task kind', id: kind },
        { reason: request.body.reason },
      );
      return reply.code(204).send();
    },
  );

  app.post<{ Params: { kind: string } }>(
    '/api/core/tasks/kinds/:kind/resume',
    { config: operator, schema: { params: oneKind } },
    async (request, reply) => {
      await core.queue.resume(request.params.kind);
      await noteChange(core, request, 'task.resume', { kind: 'task kind', id: request.params.kind });
      return reply.code(204).send();
    },
  );
}
