import type {
  PandaErrorCodes,
  PandaErrorSummary,
  PandaJobRetryDecisions,
  PandaRetryDecisionPage,
  PandaRetryRule,
  PandaRetryRulePage,
  PandaRetryTrial,
} from '@orrery/contracts';
import { expect, test } from 'vitest';
import { signUp } from '../../../../test/support/auth.ts';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import type { JobErrors } from '../jobs/job.ts';
import { retryOrEnd } from '../watch/retry.ts';

const { app, core } = await testServer([panda], { role: 'web' });
const { db } = core;
const olga = await signUp(core, 'olga', 'operator');
const alice = await signUp(core, 'alice', 'user');

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH';
interface Extra {
  body?: unknown;
  version?: number;
  who?: typeof olga;
}

const call = (method: Method, url: string, { body, version, who = olga }: Extra = {}) =>
  app.inject({
    method,
    url: `/api/panda/${url}`,
    headers: { ...who.headers, ...(version === undefined ? {} : { 'if-match': `"${version}"` }) },
    ...(body === undefined ? {} : { payload: body as object }),
  });

async function ask<T>(method: Method, url: string, extra: Extra = {}): Promise<T> {
  const reply = await call(method, url, extra);
  expect(reply.statusCode, reply.body).toBeLessThan(300);
  return reply.json();
}

const wish = (change: Record<string, unknown> = {}) => ({
  action: 'limit_retry',
  errorSource: 'exe',
  errorCode: 500,
  diagPattern: null,
  architecture: null,
  release: null,
  queue: null,
  workQueue: null,
  parameters: { maxAttempt: 2 },
  active: true,
  description: 'a test',
  expiresAt: null,
  ...change,
});
const add = (change: Record<string, unknown> = {}) =>
  ask<PandaRetryRule>('POST', 'retry-rules', { body: wish(change) });

async function failedJob(errors: JobErrors, more: JobWish = {}): Promise<number> {
  const { jobId } = await aJob(db, { status: 'holding', ...more });
  await db.transaction((tx) => retryOrEnd(tx, core, [{ jobId, why: 'it failed', by: 'a test', errors }]));
  return jobId;
}

test('a rule is added, changed, switched, removed and brought back, each by the version that was read', async () => {
  const rule = await add({ expiresAt: '2099-01-01', errorCode: 501 });
  expect(rule).toMatchObject({
    version: 1,
    state: 'on',
    createdBy: 'olga',
    expiresAt: '2099-01-01T00:00:00.000Z',
  });
  const path = `retry-rules/${rule.id}`;
  const reply = await call('GET', path, { who: alice });
  expect(reply.headers.etag).toBe('"1"');
  const changed = await ask<PandaRetryRule>('PUT', path, {
    version: 1,
    body: wish({ errorCode: 501, queue: 'EAST', workQueue: 7 }),
  });
  expect(changed).toMatchObject({ version: 2, queue: 'EAST', workQueue: 7, expiresAt: null });
  const late = await call('PUT', path, { version: 1, body: wish({ errorCode: 502 }) });
  expect(late.statusCode).toBe(409);
  expect(late.json()).toMatchObject({ code: 'panda.retry-rule-changed', details: { version: 2 } });
  expect((await call('PUT', path, { body: wish() })).json()).toMatchObject({ code: 'panda.version-missing' });
  expect(await ask('PATCH', path, { version: 2, body: { active: false } })).toMatchObject({
    version: 3,
    state: 'off',
    errorCode: 501,
  });
  const removed = await ask<PandaRetryRule>('DELETE', path, { version: 3 });
  expect(removed).toMatchObject({ state: 'removed', version: 4 });
  expect((await call('PUT', path, { version: 4, body: wish() })).statusCode).toBe(404);
  expect(await ask('POST', `${path}/restore`, { version: 4 })).toMatchObject({ state: 'off', queue: 'EAST' });
  const trail = await db.sql<{ action: string; actor: string }[]>`
    select action, actor from core.audit where object_kind = 'panda.retry-rule' and object_id = ${String(rule.id)}
    order by audit_id`;
  expect(trail.map(({ action }) => action.replace('panda.retry-rule-', ''))).toEqual([
    'added',
    'changed',
    'switched',
    'removed',
    'restored',
  ]);
  expect(new Set(trail.map(({ actor }) => actor))).toEqual(new Set(['olga']));
});

test('the same content again is no new version', async () => {
  const rule = await add({ errorCode: 503 });
  const again = await ask<PandaRetryRule>('PUT', `retry-rules/${rule.id}`, {
    version: 1,
    body: wish({ errorCode: 503 }),
  });
  expect(again.version).toBe(1);
});

test.for<[string, unknown, string]>([
  ['a source that is never asked', wish({ errorSource: 'sup' }), 'errorSource'],
  ['a code of nothing', wish({ errorCode: 0 }), 'errorCode'],
  ['a parameter of another action', wish({ action: 'no_retry' }), 'no_retry has no parameter'],
  ['a pattern that looks around', wish({ diagPattern: '(?=x)' }), 'not supported'],
  ['a pattern that leaves its group', wish({ diagPattern: ')|(' }), 'not a regular expression'],
  ['a key that is none', wish({ extra: 1 }), 'as it should be'],
  ['no object', [], 'the rule'],
  ['a character that cannot be stored', wish({ description: 'a\u0000b' }), 'U+0000'],
])('a rule with %s is refused, and nothing is stored', async ([, body, sentence]) => {
  const before = await ask<PandaRetryRulePage>('GET', 'retry-rules');
  const reply = await call('POST', 'retry-rules', { body });
  expect(reply.statusCode).toBe(400);
  expect(reply.body).toContain(sentence);
  expect((await ask<PandaRetryRulePage>('GET', 'retry-rules')).about).toBe(before.about);
});

test('who only reads sees the rules and changes none', async () => {
  const rule = await add({ errorCode: 504 });
  expect((await ask<PandaRetryRulePage>('GET', 'retry-rules', { who: alice })).mayChange).toBe(false);
  for (const [method, path] of [
    ['POST', 'retry-rules'],
    ['POST', 'retry-rules/trial'],
    ['PUT', `retry-rules/${rule.id}`],
    ['PATCH', `retry-rules/${rule.id}`],
    ['DELETE', `retry-rules/${rule.id}`],
    ['PATCH', 'retry-actions/no_retry'],
  ] as const) {
    expect((await call(method, path, { body: {}, version: 1, who: alice })).statusCode, path).toBe(403);
  }
});

test('rules are found by action, error and state, and paged both ways', async () => {
  for (const errorCode of [601, 602, 603, 604, 605]) await add({ errorSource: 'ddm', errorCode });
  await add({ errorSource: 'ddm', errorCode: 606, active: false });
  const list = (query: string) => ask<PandaRetryRulePage>('GET', `retry-rules?errorSource=ddm&${query}`);
  const codes = ({ rows }: PandaRetryRulePage) => rows.map(({ errorCode }) => errorCode);
  expect(codes(await list('active=false'))).toEqual([606]);
  expect(codes(await list('errorCode=603'))).toEqual([603]);
  expect(codes(await list('action=no_retry'))).toEqual([]);
  const first = await list('limit=2');
  expect(codes(first)).toEqual([606, 605]);
  expect(first).toMatchObject({ about: 6, newer: null });
  const second = await list(`limit=2&cursor=${first.older}`);
  expect(codes(second)).toEqual([604, 603]);
  const third = await list(`limit=2&cursor=${second.older}`);
  expect(codes(third)).toEqual([602, 601]);
  expect(third.older).toBeNull();
  expect(codes(await list(`limit=2&cursor=${third.newer}`))).toEqual([604, 603]);
  expect((await call('GET', 'retry-rules?cursor=%3F')).json()).toMatchObject({
    code: 'panda.cursor-invalid',
  });
});

test('an action that is off stops all its rules, and is switched by its version', async () => {
  const rule = await add({ action: 'increase_memory', parameters: {}, errorCode: 505 });
  const { actions } = await ask<PandaRetryRulePage>('GET', 'retry-rules');
  const { version } = actions.find(({ action }) => action === 'increase_memory') ?? { version: 0 };
  const path = 'retry-actions/increase_memory';
  expect(await ask('PATCH', path, { version, body: { active: false } })).toMatchObject({ active: false });
  expect((await call('PATCH', path, { version, body: { active: true } })).json()).toMatchObject({
    code: 'panda.retry-action-changed',
  });
  expect(await ask('GET', `retry-rules/${rule.id}`)).toMatchObject({
    state: 'off',
    active: true,
    actionActive: false,
  });
  const jobId = await failedJob({ exe: { code: 505, diag: '' } });
  const { rows } = await ask<PandaJobRetryDecisions>('GET', `jobs/${jobId}/retry-decisions`);
  expect(rows).toMatchObject([{ rule: rule.id, active: false, error: { source: 'exe', code: 505 } }]);
  await ask('PATCH', path, { version: version + 1, body: { active: true } });
  expect((await call('PATCH', 'retry-actions/pray', { version, body: { active: true } })).statusCode).toBe(
    404,
  );
});

test('a rule tells how often it met jobs, which, and a job tells which rules met it', async () => {
  const rule = await add({ errorCode: 506 });
  const errors = { exe: { code: 506, diag: 'again' } };
  const mine = await failedJob(errors, { ownerAccountId: alice.accountId });
  const others = await failedJob(errors, { vo: 'atlas' });
  const found = await ask<PandaRetryRule>('GET', `retry-rules/${rule.id}`);
  expect(found.acted.at(-1)).toBe(2);
  expect(found.acted).toHaveLength(14);
  expect(Date.parse(found.lastAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
  const met = (who: typeof olga, query = '') =>
    ask<PandaRetryDecisionPage>('GET', `retry-rules/${rule.id}/decisions${query}`, { who });
  expect((await met(olga)).rows.map(({ job }) => job)).toEqual([others, mine]);
  expect((await met(alice)).rows.map(({ job }) => job)).toEqual([mine]);
  const first = await met(olga, '?limit=1');
  expect((await met(olga, `?limit=1&cursor=${first.older}`)).rows.map(({ job }) => job)).toEqual([mine]);
  expect((await call('GET', `jobs/${others}/retry-decisions`, { who: alice })).statusCode).toBe(404);
  await ask('DELETE', `retry-rules/${rule.id}`, { version: 1 });
  const { rows } = await ask<PandaJobRetryDecisions>('GET', `jobs/${mine}/retry-decisions`, { who: alice });
  expect(rows).toMatchObject([{ effect: 'tried at most 2 times', description: 'a test', removed: true }]);
});

test('a trial says which of the last failed jobs a rule would have met, and which rule stands before it', async () => {
  const bad = await failedJob({ exe: { code: 507, diag: 'disk 7 is full' } });
  await failedJob({ exe: { code: 507, diag: 'no such file' } });
  const beside = await failedJob({
    pilot: { code: 1305, diag: 'payload' },
    exe: { code: 507, diag: 'disk 8 is full' },
  });
  const trial = (rule: unknown, more = {}) =>
    ask<PandaRetryTrial>('POST', 'retry-rules/trial', { body: { rule, ...more } });
  const rule = wish({ errorCode: 507, diagPattern: 'disk \\d+' });
  const found = await trial(rule);
  expect(found).toMatchObject({ looked: 3, met: 2, behind: 0, exact: true });
  expect(found.rows.map(({ job }) => job)).toEqual([beside, bad]);
  expect((await trial(rule, { last: 1 })).looked).toBe(1);
  const stricter = await add({ errorCode: 507, queue: 'TEST', parameters: { maxAttempt: 9 } });
  expect(await trial(rule)).toMatchObject({ met: 2, behind: 2, rows: [{ behind: stricter.id }, {}] });
  // In the place of the other one nothing stands before it.
  expect(await trial(rule, { id: stricter.id })).toMatchObject({ met: 2, behind: 0 });
  expect(await trial(wish({ errorCode: 508 }))).toMatchObject({ looked: 0, since: null, met: 0 });
  const wrong = await call('POST', 'retry-rules/trial', { body: { rule: wish({ diagPattern: '(' }) } });
  expect(wrong.statusCode).toBe(400);
});

test('errors are counted by whose matter they are, and the codes that fail stand first', async () => {
  await failedJob({ pilot: { code: 1098, diag: '' } });
  await failedJob({ pilot: { code: 1098, diag: '' } });
  await failedJob({ pilot: { code: 999_999, diag: '' } });
  const errors = (query: string) => ask<PandaErrorSummary>('GET', `errors?${query}`);
  const byClass = await errors('by=class');
  const failed = (key: string) => byClass.rows.find((row) => row.key === key)?.failed ?? 0;
  expect(failed('system')).toBe(2);
  expect(failed('unknown')).toBe(1);
  expect(failed('user')).toBe(byClass.failed - 3);
  const ofSystem = await errors('by=code&class=system');
  expect(ofSystem.rows.map(({ key, class: whose }) => [key, whose])).toEqual([['pilot 1098', 'system']]);
  expect((await call('GET', 'errors?by=queue&class=system')).json()).toMatchObject({
    code: 'panda.grouping-refused',
  });
  const { rows } = await ask<PandaErrorCodes>('GET', 'error-codes');
  expect(rows.findIndex(({ code }) => code === 1098)).toBeLessThan(
    rows.findIndex(({ failed: n }) => n === 0),
  );
  expect(rows).toContainEqual({
    source: 'trans',
    code: 127,
    meaning: 'the payload was not found',
    class: 'user',
    failed: 0,
  });
});
