import type { Board, FoundRow } from '@orrery/contracts';
import { afterAll, expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { aJob, aStoredDefinition } from '../../../../test/support/uws.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { uws } from '../index.ts';
import { changePhase, insertJobs } from '../jobs/jobs.store.ts';
import { serviceOf } from '../service.ts';

// A web process: nothing happens but what the test does.
const server = await testServer([uws], { role: 'web' });
const { app, core, address } = server;
const definition = await aStoredDefinition(core.db, { name: 'probe' });
await aStoredDefinition(core.db, { name: 'probe-secret' });
serviceOf(core).catalog.forget();

const tester = { name: 'tester' };
const accounts = { alice: 'user', bob: 'user', olga: 'operator', rob: 'uws.run:probe', pat: 'panda.pilot' };
const tokens: Record<string, string> = { admin: server.adminToken };
for (const [name, role] of Object.entries(accounts)) {
  await createAccount(core.auth.context, tester, { name, roles: [role] });
  tokens[name] = await createToken(core.auth.context, tester, { user: name, expires: '1h' });
}
const bearer = (who: string) => ({ authorization: `Bearer ${tokens[who]}` });
const streams = new AbortController();
afterAll(() => streams.abort());

async function job(ownerId: string | null, runId: string, createdAt = new Date()): Promise<string> {
  const made = aJob(definition, { ownerId, runId, createdAt });
  await insertJobs(core.db.sql, [made]);
  core.events.committed();
  return made.jobId;
}

/** The events that a caller is sent from now on. */
async function follow(who: string, query = ''): Promise<{ text: () => string; ended: Promise<void> }> {
  const reply = await fetch(`${address}/api/core/events${query}`, {
    headers: bearer(who),
    signal: streams.signal,
  });
  let text = '';
  const ended = (async () => {
    for await (const chunk of reply.body ?? []) text += new TextDecoder().decode(chunk);
  })().catch(() => {});
  await eventually(() => expect(text).toContain('retry:'));
  return { text: () => text, ended };
}

test('a caller is sent the events of what is theirs, an operator those of everybody', async () => {
  const seen = {
    alice: await follow('alice'),
    bob: await follow('bob', '?topics=uws.job'),
    pat: await follow('pat', '?topics=uws.*'),
    olga: await follow('olga'),
    admin: await follow('admin', '?topics=uws.job'),
  };
  const ofAlice = await job('alice', 'one');
  const ofBob = await job('bob', 'two');
  const ofNobody = await job(null, 'three');
  await eventually(() => {
    for (const who of ['olga', 'admin'] as const)
      for (const id of [ofAlice, ofBob, ofNobody]) expect(seen[who].text()).toContain(id);
    expect(seen.alice.text()).toContain(ofAlice);
    expect(seen.bob.text()).toContain(ofBob);
  });
  expect(seen.alice.text()).not.toMatch(new RegExp(`${ofBob}|${ofNobody}|bob`));
  expect(seen.bob.text()).not.toMatch(new RegExp(`${ofAlice}|${ofNobody}|alice`));
  expect(seen.pat.text()).not.toContain('data:');
});

test('what happened before is filtered like what happens', async () => {
  const ofAlice = await job('alice', 'four');
  const reply = await fetch(`${address}/api/core/events`, {
    headers: { ...bearer('bob'), 'last-event-id': '0' },
    signal: streams.signal,
  });
  let text = '';
  void (async () => {
    for await (const chunk of reply.body ?? []) text += new TextDecoder().decode(chunk);
  })().catch(() => {});
  const ofBob = await job('bob', 'five');
  await eventually(() => expect(text).toContain(ofBob));
  expect(text).not.toContain(ofAlice);
  expect(text).not.toContain('alice');
});

test('a topic of a service without a rule, or of no service, is for operators', async () => {
  const bob = await follow('bob');
  const olga = await follow('olga');
  await core.db.transaction((tx) =>
    core.events.publishMany(tx, [
      { topic: 'core.something', key: 'hidden-key' },
      { topic: 'uws.other', key: 'hidden-key', data: { ownerId: 'bob' } },
      { topic: 'nobody', key: 'hidden-key' },
    ]),
  );
  const ofBob = await job('bob', 'six');
  await eventually(() => {
    expect(olga.text().match(/hidden-key/g)).toHaveLength(3);
    expect(bob.text()).toContain(ofBob);
  });
  expect(bob.text()).not.toContain('hidden-key');
});

test('a stream ends when the token it was opened with is revoked', async () => {
  const { id, token } = await app
    .inject({ method: 'POST', url: '/api/core/tokens', headers: bearer('bob'), payload: {} })
    .then((reply) => reply.json() as { id: string; token: string });
  tokens.brief = token;
  const brief = await follow('brief');
  await app.inject({ method: 'DELETE', url: `/api/core/tokens/${id}`, headers: bearer('bob') });
  let isOver = false;
  void brief.ended.then(() => {
    isOver = true;
  });
  await eventually(async () => {
    await job('bob', 'seven');
    expect(isOver).toBe(true);
  }, 10_000);
});

test('the board shows an operator everything, others what is theirs and no acts of people', async () => {
  const late = new Date(Date.now() - 90_000_000);
  for (const owner of ['alice', 'bob']) {
    const jobId = await job(owner, `late job of ${owner}`, late);
    await core.db.transaction((tx) =>
      changePhase(tx, jobId, { to: 'QUEUED', who: 'client', why: 'test', at: late }),
    );
  }
  await core.db
    .sql`insert into core.task (kind, payload, state, last_error) values ('test', '{}', 'dead', 'inner text')`;
  const board = async (who: string): Promise<Board> =>
    (await app.inject({ url: '/api/core/board', headers: bearer(who) })).json();
  const all = await board('olga');
  expect(all.overdue.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['late job of alice', 'late job of bob', 'test']),
  );
  expect(all.health.map(({ message }) => message).join()).toMatch(/[MG]B free/);
  expect(await board('admin').then(({ changes }) => changes.length)).toBeGreaterThan(0);

  const own = await board('bob');
  expect(own.overdue.map(({ name }) => name)).toEqual(['late job of bob']);
  expect([own.overdueTotal, own.overdueByService]).toEqual([1, { core: 0, uws: 1 }]);
  expect(own.watched).toBe(1);
  expect(own.changes).toEqual([]);
  expect(JSON.stringify(own)).not.toMatch(/alice|inner text|MB free/);
  expect((await board('pat')).overdueTotal).toBe(0);
});

test('the search finds what the caller may open', async () => {
  const jobId = await job('alice', 'M 31 of alice');
  const find = async (who: string, q: string): Promise<string[]> => {
    const reply = await app.inject({
      url: `/api/core/find?q=${encodeURIComponent(q)}`,
      headers: bearer(who),
    });
    return (reply.json() as FoundRow[]).map(({ id }) => id);
  };
  for (const who of ['alice', 'olga', 'admin'])
    expect([who, await find(who, jobId), await find(who, 'M 31 of alice')]).toEqual([who, [jobId], [jobId]]);
  for (const who of ['bob', 'pat', 'rob'])
    expect([who, await find(who, jobId), await find(who, 'M 31 of alice')]).toEqual([who, [], []]);
  expect(await find('bob', 'probe')).toEqual(['probe', 'probe-secret']);
  expect(await find('rob', 'probe')).toEqual(['probe']);
  expect(await find('pat', 'probe')).toEqual([]);
});
