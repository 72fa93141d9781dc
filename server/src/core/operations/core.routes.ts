import { AuditRow, Board, FoundRow, ProcessRow, pageOf, ScheduleRow } from '@orrery/contracts';
import Type from 'typebox';
import { listAudit } from '../audit/index.ts';
import { demandPermission, type Identity } from '../auth/index.ts';
import { printedSettings } from '../config/index.ts';
import type { Core } from '../core.ts';
import { type App, jsonErrors, streamEvents } from '../http/index.ts';
import type { ServiceModule } from '../module.ts';
import { auditRow, readBoard, scheduleRow } from './board.ts';
import { followRule } from './follow-rule.ts';
import { noteChange } from './note-change.ts';
import { listProcesses } from './processes.ts';

const operator = { allow: 'core.operate', errors: jsonErrors, family: 'Pages, other' } as const;
const signedIn = { allow: 'core.read', errors: jsonErrors, family: 'Pages, other' } as const;
const named = Type.Object({ name: Type.String({ maxLength: 200 }) });

/** The core's own JSON API: board, search, schedules, audit, processes, settings and the event feed. */
export function coreRoutes(
  app: App,
  core: Core,
  modules: readonly ServiceModule[],
  closing: AbortSignal,
): void {
  const mayFollow = followRule(modules);
  app.get('/api/core/board', { config: signedIn, schema: { response: { 200: Board } } }, ({ identity }) =>
    readBoard(core, modules, identity),
  );

  app.get<{ Querystring: { q: string } }>(
    '/api/core/find',
    {
      config: signedIn,
      schema: {
        querystring: Type.Object({ q: Type.String({ maxLength: 200 }) }),
        response: { 200: Type.Array(FoundRow) },
      },
    },
    async (request) => {
      const query = request.query.q.trim();
      if (query === '') return [];
      const parts = await Promise.all(
        modules.map(async ({ name, find }) =>
          ((await find?.(core, query, 8, request.identity)) ?? []).map((row) => ({ service: name, ...row })),
        ),
      );
      return parts.flat();
    },
  );

  app.get(
    '/api/core/schedules',
    { config: signedIn, schema: { response: { 200: Type.Array(ScheduleRow) } } },
    async () => (await core.schedules.list()).map(scheduleRow),
  );
  app.post<{ Params: { name: string } }>(
    '/api/core/schedules/:name/run',
    { config: operator, schema: { params: named } },
    async (request, reply) => {
      await core.schedules.runNow(request.params.name);
      await noteChange(core, request, 'schedule.run', { kind: 'schedule', id: request.params.name });
      return reply.code(204).send();
    },
  );
  app.post<{ Params: { name: string }; Body: { reason: string } }>(
    '/api/core/schedules/:name/pause',
    {
      config: operator,
      schema: { params: named, body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }) },
    },
    async (request, reply) => {
      await core.schedules.pause(request.params.name, request.body.reason);
      await noteChange(
        core,
        request,
        'schedule.pause',
        { kind: 'schedule', id: request.params.name },
        { reason: request.body.reason },
      );
      return reply.code(204).send();
    },
  );
  app.post<{ Params: { name: string } }>(
    '/api/core/schedules/:name/resume',
    { config: operator, schema: { params: named } },
    async (request, reply) => {
      await core.schedules.resume(request.params.name);
      await noteChange(core, request, 'schedule.resume', { kind: 'schedule', id: request.params.name });
      return reply.code(204).send();
    },
  );

  app.get<{ Querystring: { cursor?: string; limit?: number } }>(
    '/api/core/audit',
    {
      config: { ...operator, allow: 'core.audit' },
      schema: {
        querystring: Type.Object({
          cursor: Type.Optional(Type.String({ maxLength: 100 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
        }),
        response: { 200: pageOf(AuditRow) },
      },
    },
    async (request) => {
      const started = performance.now();
      const { cursor, limit = 100 } = request.query;
      const { rows, newer, older } = await listAudit(core.db.sql, {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { rows: rows.map(auditRow), newer, older, about: null, tookMs: performance.now() - started };
    },
  );

  app.get(
    '/api/core/processes',
    { config: operator, schema: { response: { 200: Type.Array(ProcessRow) } } },
    async () =>
      (await listProcesses(core.db.sql)).map((row) => ({
        ...row,
        startedAt: row.startedAt.toISOString(),
        seenAt: row.seenAt.toISOString(),
      })),
  );
  app.get('/api/core/settings', { config: operator }, async () => printedSettings(core.config));

  app.get<{ Querystring: { topics?: string } }>(
    '/api/core/events',
    {
      config: { ...signedIn, quiet: true },
      schema: { querystring: Type.Object({ topics: Type.Optional(Type.String({ maxLength: 1000 })) }) },
    },
    async (request, reply) => {
      const topics = (request.query.topics ?? '').split(',').filter((topic) => topic !== '');
      const identify = async (): Promise<Identity> => {
        const identity = await core.auth.authenticate(request);
        demandPermission(identity, signedIn.allow);
        return identity;
      };
      await streamEvents(core.events, { topics, mayFollow, identify, closing }, request, reply);
    },
  );
}
