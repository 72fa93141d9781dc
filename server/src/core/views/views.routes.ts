import * as wire from '@orrery/contracts/views';
import Type from 'typebox';
import { AppError } from '../errors.ts';
import { jsonErrors } from '../http/index.ts';
import type { Routes } from '../module.ts';
import { listViews, type ViewRow } from './view.store.ts';
import { changeView, createView, removeView } from './views.ts';

const options = {
  config: { allow: 'core.own-account', errors: jsonErrors, family: 'Pages, other' },
  bodyLimit: 16_384,
};
const params = Type.Object({ id: Type.String({ maxLength: 64 }) });

interface ById {
  Params: { id: string };
}

/** Saved views of lists; the contract is contracts/src/views.ts. */
export const viewRoutes: Routes = (app, { db }) => {
  app.get<{ Querystring: wire.SavedViewQuery }>(
    '/api/core/views',
    { ...options, schema: { querystring: wire.SavedViewQuery, response: { 200: wire.SavedViewList } } },
    async ({ identity, query }): Promise<wire.SavedViewList> => {
      const accountId = accountOf(identity);
      const rows = await listViews(db.sql, accountId, query.list);
      return { rows: rows.map((row) => renderView(row, accountId)) };
    },
  );

  app.post<{ Body: wire.SavedViewCreate }>(
    '/api/core/views',
    { ...options, schema: { body: wire.SavedViewCreate } },
    async ({ identity, body }, reply): Promise<wire.SavedView> => {
      const accountId = accountOf(identity);
      const view = await createView(db, accountId, { ...body, shared: body.shared === true });
      void reply.code(201);
      return renderView(view, accountId);
    },
  );

  app.patch<ById & { Body: wire.SavedViewChange }>(
    '/api/core/views/:id',
    { ...options, schema: { params, body: wire.SavedViewChange } },
    async (request): Promise<wire.SavedView> => {
      const accountId = accountOf(request.identity);
      return renderView(await changeView(db, accountId, request.params.id, request.body), accountId);
    },
  );

  app.delete<ById>('/api/core/views/:id', { ...options, schema: { params } }, async (request, reply) => {
    const { identity } = request;
    await removeView(db, accountOf(identity), request.params.id, identity.may('core.operate'));
    return reply.code(204).send();
  });
};

function accountOf({ accountId }: { accountId: number | null }): number {
  if (accountId !== null) return accountId;
  throw new AppError('unauthenticated', 'views.account-needed', 'Saved views belong to an account.', {
    next: 'Sign in.',
  });
}

function renderView(row: ViewRow, accountId: number): wire.SavedView {
  return {
    id: row.viewId,
    list: row.list,
    name: row.name,
    query: row.query,
    shared: row.shared,
    mine: row.accountId === accountId,
    owner: row.owner,
    changedAt: row.changedAt.toISOString(),
  };
}
