import Type from 'typebox';
import { createBatch } from '../../../server/src/core/batch/index.ts';
import type { Core } from '../../../server/src/core/core.ts';
import type { Sql } from '../../../server/src/core/db/index.ts';
import { AppError } from '../../../server/src/core/errors.ts';
import { jsonErrors } from '../../../server/src/core/http/index.ts';
import type { Routes, ServiceModule } from '../../../server/src/core/module.ts';
import { defineTask } from '../../../server/src/core/queue/index.ts';
import { defineSchedule } from '../../../server/src/core/schedule/index.ts';

/**
 * The smallest complete service: tickets that are made, claimed in batches and done. It is the example of how
 * to add a service, and what the benchmark and the kill tests of the core run on.
 */
export const example: ServiceModule = {
  name: 'example',
  title: 'Example',
  migrations: new URL('./migrations/', import.meta.url),
  permissions: {
    'example.read': { roles: ['user', 'operator'] },
    'example.work': { roles: ['scan.worker'], scope: 'engine' },
  },
  addresses: ['/api/example'],
  routes: [ticketRoutes()],
  tasks: [
    defineTask({
      name: 'example.count',
      payload: Type.Object({ ticketId: Type.Integer() }),
      batch: 50,
      concurrency: 4,
      async run({ core, items, hold }) {
        await core.db.transaction(async (tx) => {
          await hold(tx);
          await tx`insert into example.effect (ticket_id) select * from unnest(${items.map((item) => item.payload.ticketId)}::bigint[])`;
        });
      },
    }),
  ],
  schedules: [
    defineSchedule({
      name: 'example.tick',
      everySeconds: 5,
      catchUp: 'once',
      async run(core, { dueAt }) {
        await core.db
          .sql`insert into example.tick (due_at, process_id) values (${dueAt}, ${core.processId}) on conflict do nothing`;
      },
    }),
  ],
  retention: [{ table: 'example.history', column: 'at', days: 7, what: 'transitions of tickets' }],
  backup: ['ticket', 'history', 'effect', 'tick'].map((table) => ({
    table: `example.${table}`,
    how: 'rows' as const,
  })),
};

/** Claims the oldest ready tickets, writes their history and announces them: one statement, one round trip. */
function claimTickets(
  sql: Sql,
  workers: readonly string[],
): Promise<Array<{ ticketId: number; worker: string }>> {
  return sql<Array<{ ticketId: number; worker: string }>>`
    with worker as (select name, row_number() over () as n from unnest(${workers}::text[]) as name),
    picked as (select ticket_id, row_number() over () as n from (
      select ticket_id from example.ticket where state = 'ready'
      order by ticket_id limit ${workers.length} for update skip locked) ready),
    claimed as (update example.ticket t set state = 'claimed', worker = w.name
      from picked p join worker w using (n) where t.ticket_id = p.ticket_id returning t.ticket_id, t.worker),
    written as (insert into example.history (ticket_id, state) select ticket_id, 'claimed' from claimed)
    select ticket_id, worker, core.publish_event('example.ticket', ticket_id::text, '{"state":"claimed"}') from claimed`;
}

/** Gives each of the callers that arrive together a ticket of its own; `null` when there is none left. */
export function createClaims(core: Core): (worker: string) => Promise<number | null> {
  return createBatch<string, number | null>({
    maxItems: 50,
    maxDelayMs: 2,
    concurrency: 4,
    async run(workers) {
      const claimed = await claimTickets(core.db.sql, workers);
      core.events.committed();
      return workers.map((_, index) => claimed[index]?.ticketId ?? null);
    },
  });
}

function ticketRoutes(): Routes {
  return (app, core) => {
    const claim = createClaims(core);
    app.post<{ Body: { worker: string } }>(
      '/api/example/claims',
      {
        config: { allow: 'example.work', errors: jsonErrors, family: 'Example' },
        schema: {
          body: Type.Object(
            { worker: Type.String({ minLength: 1, maxLength: 100 }) },
            { additionalProperties: false },
          ),
        },
      },
      async (request) => ({ ticketId: await claim(request.body.worker) }),
    );
    app.get<{ Params: { id: number } }>(
      '/api/example/tickets/:id',
      {
        config: { allow: 'example.read', errors: jsonErrors, family: 'Example' },
        schema: { params: Type.Object({ id: Type.Integer({ minimum: 1 }) }) },
      },
      async (request) => {
        using waiter = core.events.waits.open(
          'example.ticket',
          String(request.params.id),
          request.identity.name,
        );
        if (request.headers.prefer === 'wait') {
          const started = performance.now();
          await waiter.changed(60_000, request.signal);
          request.waitedMs = performance.now() - started;
        }
        const [ticket] = await core.db
          .sql`select ticket_id, state, worker from example.ticket where ticket_id = ${request.params.id}`;
        if (ticket === undefined) {
          throw new AppError(
            'missing',
            'example.ticket-unknown',
            `There is no ticket ${request.params.id}.`,
            { next: 'Look at the list.' },
          );
        }
        return ticket;
      },
    );
  };
}
