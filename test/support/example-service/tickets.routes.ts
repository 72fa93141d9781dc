import Type from 'typebox';
import { createBatch } from '../../../server/src/core/batch/index.ts';
import type { Core } from '../../../server/src/core/core.ts';
import { AppError } from '../../../server/src/core/errors.ts';
import { jsonErrors } from '../../../server/src/core/http/index.ts';
import type { Routes } from '../../../server/src/core/module.ts';
import { claimTickets, findTickets, type Ticket } from './tickets.store.ts';

/** Milliseconds that the caller will wait (`Prefer: wait=30`, RFC 7240; at most ten minutes); 0 = answer at once. */
function waitMs(prefer: string | string[] | undefined): number {
  const [asked, seconds = '60'] = /^wait(?:=(\d{1,3}))?$/.exec(String(prefer ?? '')) ?? [];
  return asked === undefined ? 0 : Math.min(Number(seconds), 600) * 1000;
}

/** Gives each of the callers that arrive together a ticket of its own; `null` when there is none left. */
function createClaims({ db, events }: Core): (worker: string) => Promise<number | null> {
  return createBatch<string, number | null>({
    maxItems: 50,
    maxDelayMs: 2,
    concurrency: 4,
    async run(workers) {
      const claimed = await claimTickets(db.sql, workers);
      events.committed();
      return workers.map((_, index) => claimed[index]?.ticketId ?? null);
    },
  });
}

/** A change of one ticket may wake a thousand requests: they read it with one statement. */
function createReads({ db }: Core): (ticketId: number) => Promise<Ticket> {
  return createBatch<number, Ticket>({
    maxItems: 1000,
    maxDelayMs: 1,
    async run(ticketIds) {
      const found = new Map(
        (await findTickets(db.sql, [...new Set(ticketIds)])).map((ticket) => [ticket.ticketId, ticket]),
      );
      return ticketIds.map((ticketId) => found.get(ticketId) ?? ticketUnknown(ticketId));
    },
  });
}

function ticketUnknown(ticketId: number): AppError {
  return new AppError('missing', 'example.ticket-unknown', `There is no ticket ${ticketId}.`, {
    next: 'Look at the list.',
  });
}

export const ticketRoutes: Routes = (app, core) => {
  const claim = createClaims(core);
  const read = createReads(core);
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
  // A caller that waits is answered when the ticket's state is another than `?state=` (or than now), or after its time.
  app.get<{ Params: { id: number }; Querystring: { state?: Ticket['state'] } }>(
    '/api/example/tickets/:id',
    {
      config: { allow: 'example.read', errors: jsonErrors, family: 'Example' },
      schema: {
        params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
        querystring: Type.Object({
          state: Type.Optional(Type.Union(['ready', 'claimed', 'done'].map((state) => Type.Literal(state)))),
        }),
      },
    },
    async (request) => {
      const { id } = request.params;
      const longestMs = waitMs(request.headers.prefer);
      if (longestMs === 0) return read(id);
      using waiter = core.events.waits.open('example.ticket', String(id), request.identity.name);
      let ticket = await read(id); // after the waiter was opened: no change falls between the two
      const known = request.query.state ?? ticket.state;
      const started = performance.now();
      while (ticket.state === known) {
        const end = await waiter.changed(longestMs - (performance.now() - started), request.signal);
        ticket = await read(id);
        if (end !== 'changed') break;
      }
      request.waitedMs = performance.now() - started;
      return ticket;
    },
  );
};
