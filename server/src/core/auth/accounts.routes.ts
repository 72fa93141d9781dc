import * as wire from '@orrery/contracts/auth';
import { jsonErrors } from '../http/index.ts';
import { unguessableId } from '../ids.ts';
import type { Routes } from '../module.ts';
import { listAccounts } from './account.store.ts';
import { createAccount, getAccount, grantRole, resetPassword, revokeGrant, setDisabled } from './accounts.ts';
import { renderAccount, renderToken } from './auth.wire.ts';
import { actorOf } from './requests.ts';
import { listTokens, revokeToken } from './tokens.ts';

const options = {
  config: { allow: 'core.accounts', errors: jsonErrors, family: 'Pages, other' },
  bodyLimit: 16_384,
};

interface ByName {
  Params: { name: string };
}

/** The list of accounts, for administrators. */
export const accountListRoutes: Routes = (app, { auth: { context } }) => {
  app.get<{ Querystring: wire.AccountQuery }>(
    '/api/core/accounts',
    { ...options, schema: { querystring: wire.AccountQuery } },
    async ({ query: { after, limit = 50 } }): Promise<wire.AccountPage> => {
      const found = await listAccounts(context.db.sql, {
        limit: limit + 1,
        ...(after === undefined ? {} : { after }),
      });
      const rows = found.slice(0, limit).map(renderAccount);
      return { rows, next: found.length > limit ? (rows.at(-1)?.name ?? null) : null };
    },
  );

  app.post<{ Body: wire.AccountCreate }>(
    '/api/core/accounts',
    { ...options, schema: { body: wire.AccountCreate } },
    async (request, reply): Promise<wire.AccountCreated> => {
      const { signsIn = true, ...wish } = request.body;
      const password = signsIn ? unguessableId(20) : null;
      const account = await createAccount(context, actorOf(request), {
        ...wish,
        ...(password === null ? {} : { password }),
      });
      void reply.code(201).header('cache-control', 'no-store');
      return { account: renderAccount(account), password };
    },
  );
};

/** One account, for administrators. */
export const accountRoutes: Routes = (app, { auth }) => {
  const { context } = auth;

  app.get<ByName>('/api/core/accounts/:name', options, async ({ params }) =>
    renderAccount(await getAccount(context.db.sql, params.name)),
  );

  app.post<ByName>(
    '/api/core/accounts/:name/password',
    options,
    async (request, reply): Promise<wire.PasswordReset> => {
      const password = await resetPassword(context, actorOf(request), request.params.name);
      auth.forget();
      void reply.header('cache-control', 'no-store');
      return { password };
    },
  );

  for (const [word, disabled] of [
    ['disable', true],
    ['enable', false],
  ] as const) {
    app.post<ByName>(`/api/core/accounts/:name/${word}`, options, async (request) => {
      const account = await setDisabled(context, actorOf(request), request.params.name, disabled);
      auth.forget();
      return renderAccount(account);
    });
  }
};

/** What accounts hold, and their tokens, for administrators. */
export const accountGrantRoutes: Routes = (app, { auth }) => {
  const { context } = auth;

  app.post<ByName & { Body: wire.GrantChange }>(
    '/api/core/accounts/:name/grants',
    { ...options, schema: { body: wire.GrantChange } },
    async (request) => {
      const account = await grantRole(context, actorOf(request), request.params.name, request.body.grant);
      auth.forget();
      return renderAccount(account);
    },
  );

  app.delete<{ Params: { name: string; grant: string } }>(
    '/api/core/accounts/:name/grants/:grant',
    options,
    async (request) => {
      const account = await revokeGrant(context, actorOf(request), request.params.name, request.params.grant);
      auth.forget();
      return renderAccount(account);
    },
  );

  app.get<ByName>('/api/core/accounts/:name/tokens', options, async ({ params }): Promise<wire.TokenList> => {
    const rows = await listTokens(context, params.name);
    return { rows: rows.map(renderToken) };
  });

  app.delete<{ Params: { name: string; id: string } }>(
    '/api/core/accounts/:name/tokens/:id',
    options,
    async (request, reply) => {
      const { accountId } = await getAccount(context.db.sql, request.params.name);
      await revokeToken(context, actorOf(request), request.params.id, accountId);
      auth.forget();
      return reply.code(204).send();
    },
  );
};
