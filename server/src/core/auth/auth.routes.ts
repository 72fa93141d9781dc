import * as wire from '@orrery/contracts/auth';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { jsonErrors } from '../http/index.ts';
import type { Routes } from '../module.ts';
import { accountGrantRoutes, accountListRoutes, accountRoutes } from './accounts.routes.ts';
import type { Auth } from './auth.ts';
import { renderSession, renderSessionRow, renderToken } from './auth.wire.ts';
import { credentialMalformed } from './jwt.ts';
import { actorOf, isLocalRequest, userAgentOf } from './requests.ts';
import { assertNotForeign } from './same-origin.ts';
import { listSessions, longestDays } from './session.store.ts';
import { changePassword, endSession, signIn } from './sessions.ts';
import { issueToken, listTokens, revokeToken, type TokenWish } from './tokens.ts';

const family = 'Pages, other';
const anybody = { config: { allow: 'public', errors: jsonErrors, family }, bodyLimit: 16_384 };
const oneself = { config: { allow: 'core.own-account', errors: jsonErrors, family }, bodyLimit: 16_384 };
const ownPassword = { config: { allow: 'core.own-password', errors: jsonErrors, family }, bodyLimit: 16_384 };

/** Sets the cookie of a new session and says whose it is. */
async function answerSession(auth: Auth, reply: FastifyReply, value: string): Promise<wire.Session> {
  const { name, options } = auth.cookie;
  void reply.setCookie(name, value, { ...options, maxAge: longestDays * 86_400 });
  auth.forget();
  const identity = await auth.authenticate({ headers: {}, cookies: { [name]: value } });
  return renderSession(identity, auth.permissions);
}

/** Signing in and out, and the password. */
export const sessionRoutes: Routes = (app, { auth }) => {
  app.post<{ Body: wire.SignIn }>(
    '/api/core/session',
    { ...anybody, schema: { body: wire.SignIn } },
    async (request, reply) => {
      assertNotForeign(request.headers, [request.publicBase]);
      const value = await signIn(auth.context, {
        ...request.body,
        address: request.clientAddress,
        userAgent: userAgentOf(request),
        isLocal: isLocalRequest(request),
        requestId: request.id,
      });
      return answerSession(auth, reply, value);
    },
  );

  app.get('/api/core/session', anybody, (request) => renderSession(request.identity, auth.permissions));

  app.delete('/api/core/session', anybody, async (request, reply) => {
    const { accountId, sessionId } = request.identity;
    if (accountId !== null && sessionId !== undefined) {
      await endSession(auth.context, actorOf(request), accountId, sessionId);
      auth.forget();
    }
    return reply.clearCookie(auth.cookie.name, auth.cookie.options).code(204).send();
  });

  app.post<{ Body: wire.PasswordChange }>(
    '/api/core/password',
    { ...ownPassword, schema: { body: wire.PasswordChange } },
    async (request, reply) => {
      const value = await changePassword(auth.context, {
        name: request.identity.name,
        current: request.body.currentPassword,
        next: request.body.newPassword,
        address: request.clientAddress,
        userAgent: userAgentOf(request),
        requestId: request.id,
      });
      return answerSession(auth, reply, value);
    },
  );
};

/** One's own sessions and tokens. */
export const ownRoutes: Routes = (app, { auth }) => {
  const { context } = auth;

  app.get('/api/core/sessions', oneself, async (request): Promise<wire.SessionList> => {
    const { accountId, sessionId } = accountOf(request);
    const rows = await listSessions(context.db.sql, accountId);
    return { rows: rows.map((row) => renderSessionRow(row, sessionId)) };
  });

  app.delete<{ Params: { id: string } }>('/api/core/sessions/:id', oneself, async (request, reply) => {
    await endSession(context, actorOf(request), accountOf(request).accountId, request.params.id);
    auth.forget();
    return reply.code(204).send();
  });

  app.get('/api/core/tokens', oneself, async (request): Promise<wire.TokenList> => {
    const rows = await listTokens(context, request.identity.name);
    return { rows: rows.map(renderToken) };
  });

  app.post<{ Body: wire.TokenCreate }>(
    '/api/core/tokens',
    { ...oneself, schema: { body: wire.TokenCreate } },
    async (request, reply): Promise<wire.TokenCreated> => {
      const made = await issueToken(context, actorOf(request), {
        ...request.body,
        ...withinToken(request),
        user: request.identity.name,
      });
      void reply.code(201).header('cache-control', 'no-store');
      return { token: made.token, id: made.tokenId, expiresAt: made.expiresAt.toISOString() };
    },
  );

  app.delete<{ Params: { id: string } }>('/api/core/tokens/:id', oneself, async (request, reply) => {
    await revokeToken(context, actorOf(request), request.params.id, accountOf(request).accountId);
    auth.forget();
    return reply.code(204).send();
  });
};

function accountOf({ identity }: FastifyRequest): { accountId: number; sessionId: string | undefined } {
  if (identity.accountId === null) throw credentialMalformed('This needs an account.');
  return { accountId: identity.accountId, sessionId: identity.sessionId };
}

/** A token may ask for tokens, but for none that can do more or lives longer than itself. */
function withinToken({ identity: { tokenId, grants } }: FastifyRequest): Pick<TokenWish, 'within'> {
  return tokenId === undefined ? {} : { within: { tokenId, grants } };
}

/** All routes of identity; `me` stands with operations, since it tells of the server too. */
export const authRoutes: Routes = async (app, core) => {
  for (const register of [sessionRoutes, ownRoutes, accountListRoutes, accountRoutes, accountGrantRoutes])
    await register(app, core);
};
