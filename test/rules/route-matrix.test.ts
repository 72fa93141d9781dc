import { expect, test } from 'vitest';
import { createAccount, createToken, roles } from '../../server/src/core/auth/index.ts';
import type { RouteRow } from '../../server/src/core/http/index.ts';
import { crds } from '../../server/src/crds/index.ts';
import { panda } from '../../server/src/panda/index.ts';
import { uws } from '../../server/src/uws/index.ts';
import { testServer } from '../support/server.ts';

const server = await testServer([uws, panda, crds]);
const { app, core } = server;

const tokens = new Map<string, string | undefined>([['anonymous', undefined]]);
for (const role of roles) {
  const name = `the-${role.replaceAll('.', '-')}`;
  const actor = { name: 'test' };
  await createAccount(core.auth.context, actor, { name, roles: [role] });
  tokens.set(role, await createToken(core.auth.context, actor, { user: name, expires: '1h' }));
}

/** What the module objects say: the naive reading that the server's answers are compared with. */
function mayPass(row: RouteRow, who: string): boolean {
  if (row.permission === 'public' || who === 'admin') return true;
  const { roles: holders, anonymous } = core.auth.permissions.ruleOf(row.permission);
  // What is open to callers without an identity is open to everybody.
  if (anonymous?.(core)) return true;
  if (who === 'anonymous') return false;
  return holders.includes('account') || holders.includes(who);
}

/** A request that gets through the door gets no further than its first check: no body, unknown names. */
async function passes(row: RouteRow, token: string | undefined): Promise<boolean> {
  const reply = app.inject({
    method: row.method as 'GET',
    url: row.url.replace(/:\w+/g, 'no-such-thing').replace('*', 'no-such-thing'),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const streaming = new Promise<'streams'>((resolve) => setTimeout(resolve, 1500, 'streams'));
  const answer = await Promise.race([reply, streaming]);
  if (answer === 'streams') return true;
  if (answer.statusCode !== 401 && answer.statusCode !== 403) return true;
  // A 403 of the object itself (not yours, wrong state) is behind the door.
  return !/auth\.(required|permission-missing)|does not hold|needs an account/.test(answer.body);
}

test.each(server.routes.rows.map((row) => [`${row.method} ${row.url}`, row] as const))(
  '%s lets in who may, and nobody else',
  async (_name, row) => {
    const wrong: string[] = [];
    for (const [who, token] of tokens) {
      if ((await passes(row, token)) !== mayPass(row, who))
        wrong.push(`${who}: ${mayPass(row, who) ? 'kept out' : 'let in'}`);
    }
    expect(wrong).toEqual([]);
  },
);

test('no route is forgotten', () => {
  expect(server.routes.rows.length).toBeGreaterThan(50);
});
