import { beforeEach, expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { addDowntime, endDowntime, listDowntimes } from './downtimes.ts';
import { importQueues } from './import-queues.ts';
import { listQueues, listVersions } from './queues.store.ts';
import { forgetQueues, putQueue, queueOf, queuesOf, setStatus } from './queues.ts';

const { core } = await testServer([panda]);
const actor = { name: 'test' };
const minute = 60_000;

/** A fresh look, as after a second. */
async function look(name: string) {
  forgetQueues(core);
  return await queueOf(core, name);
}

let nickname = '';
let counter = 0;
beforeEach(() => {
  nickname = `Q${++counter}`;
});
const described = (more: Record<string, unknown> = {}) => ({ nickname, copytools: { mv: {} }, ...more });

test('a queue is made once, and the same description again changes nothing', async () => {
  expect(await putQueue(core, actor, described({ maxrss: 4000 }))).toMatchObject({
    version: 1,
    outcome: 'made',
  });
  // Another order of the keys is the same description.
  expect(await putQueue(core, actor, { maxrss: 4000, ...described() })).toMatchObject({
    version: 1,
    outcome: 'unchanged',
  });
  expect(await putQueue(core, actor, described({ maxrss: 8000 }), { why: 'more memory' })).toMatchObject({
    version: 2,
    outcome: 'changed',
  });
  expect(await listVersions(core.db.sql, nickname)).toMatchObject([
    { version: 2, why: 'more memory', changedBy: 'test', document: { maxrss: 8000 } },
    { version: 1, document: { maxrss: 4000 } },
  ]);
});

test('unknown keys are kept, wrong values of known keys are refused with key and reason', async () => {
  await putQueue(core, actor, described({ our_own: { deep: [1] } }));
  expect((await look(nickname))?.document).toMatchObject({ our_own: { deep: [1] } });
  const wrong = { ...described(), maxrss: 'much', timefloor: 1.5, catchall: 7, status: 'sleeping' };
  await expect(putQueue(core, actor, wrong)).rejects.toMatchObject({
    code: 'panda.queue-refused',
    details: {
      faults: expect.arrayContaining([
        expect.stringMatching(/^maxrss: .*integer/),
        expect.stringMatching(/^timefloor: .*integer/),
        expect.stringMatching(/^catchall: .*string/),
        expect.stringMatching(/^status: /),
      ]),
    },
  });
  expect((await look(nickname))?.version).toBe(1);
});

test('null is as good as absent', async () => {
  const params = { allow_altstageout: null, job_maxwalltime: 3600 };
  await putQueue(core, actor, described({ maxrss: null, environ: null, status: null, params }));
  expect((await look(nickname))?.document).toEqual({ nickname, copytools: { mv: {} }, params });
});

test.each([
  ['no object', [1]],
  ['no name', { copytools: { mv: {} } }],
  ['no tools', { nickname: 'X' }],
  ['a name with a slash', { nickname: 'a/b', copytools: { mv: {} } }],
  ['a name that climbs', { nickname: '..', copytools: { mv: {} } }],
  ['a NUL in the name', { nickname: 'a\0b', copytools: { mv: {} } }],
  ['a name of 5 kB', { nickname: 'n'.repeat(5000), copytools: { mv: {} } }],
  ['a megabyte', { nickname: 'big', copytools: { mv: {} }, junk: 'x'.repeat(1_000_000) }],
])('%s is refused', async (_what, description) => {
  const before = (await listQueues(core.db.sql)).length;
  await expect(putQueue(core, actor, description)).rejects.toMatchObject({ kind: 'invalid' });
  expect(await listQueues(core.db.sql)).toHaveLength(before);
});

test('text that PostgreSQL cannot store is refused, not a failure of the server', async () => {
  await expect(putQueue(core, actor, described({ environ: 'a\0b' }))).rejects.toMatchObject({
    kind: 'invalid',
  });
  await expect(putQueue(core, actor, described({ ours: { '\ud800': 1 } }))).rejects.toMatchObject({
    kind: 'invalid',
  });
});

test('what an operator set stays when the same status is imported again', async () => {
  const description = described({ status: 'online' });
  await putQueue(core, actor, description);
  await setStatus(core, { name: 'operator' }, nickname, 'offline', 'disk is full');
  await putQueue(core, actor, { ...description, maxrss: 1 });
  expect(await look(nickname)).toMatchObject({
    status: 'offline',
    statusReason: 'disk is full',
    statusBy: 'operator',
  });
  // Another status than the last description said is news.
  await putQueue(core, actor, { ...description, status: 'test' });
  expect(await look(nickname)).toMatchObject({ status: 'test' });
});

test('a downtime that runs makes the status worse, never better, and ends by itself', async () => {
  await putQueue(core, actor, described());
  const now = Date.now();
  const wish = (from: number, to: number, status: 'test' | 'brokeroff' | 'offline' | 'paused') => ({
    queue: nickname,
    startsAt: new Date(now + from),
    endsAt: new Date(now + to),
    status,
    reason: `${status} for a while`,
  });
  await addDowntime(core, actor, wish(-minute, 60 * minute, 'brokeroff'));
  const worst = await addDowntime(core, actor, wish(-minute, 60 * minute, 'paused'));
  await addDowntime(core, actor, wish(30 * minute, 60 * minute, 'offline'));
  expect(await look(nickname)).toMatchObject({
    status: 'paused',
    statusReason: 'paused for a while',
    ownStatus: 'online',
  });
  expect(await listDowntimes(core.db.sql, nickname)).toHaveLength(3);
  await setStatus(core, actor, nickname, 'offline', 'moved');
  expect(await look(nickname)).toMatchObject({ status: 'offline', statusReason: 'moved' });
  await setStatus(core, actor, nickname, 'online', 'back');
  await endDowntime(core, actor, worst);
  expect(await look(nickname)).toMatchObject({ status: 'brokeroff' });
  await core.db
    .sql`update panda.downtime set starts_at = now() - interval '2h', ends_at = now() - interval '1h'`;
  expect(await look(nickname)).toMatchObject({ status: 'online', statusReason: 'back' });
});

test('a downtime that makes no sense is refused', async () => {
  await putQueue(core, actor, described());
  const wish = { queue: nickname, status: 'offline', reason: 'x' } as const;
  const [past, soon] = [new Date(Date.now() - minute), new Date(Date.now() + minute)];
  const add = (more: object) => addDowntime(core, actor, { ...wish, startsAt: past, endsAt: soon, ...more });
  await expect(add({ startsAt: soon, endsAt: past })).rejects.toMatchObject({
    code: 'panda.downtime-refused',
  });
  await expect(add({ startsAt: new Date(0), endsAt: past })).rejects.toMatchObject({
    code: 'panda.downtime-refused',
  });
  await expect(add({ reason: ' ' })).rejects.toMatchObject({ code: 'panda.downtime-refused' });
  await expect(add({ queue: 'NO-SUCH' })).rejects.toMatchObject({ code: 'panda.queue-unknown' });
  await expect(endDowntime(core, actor, 4711)).rejects.toMatchObject({ code: 'panda.downtime-unknown' });
  await expect(setStatus(core, actor, 'NO-SUCH', 'test', 'x')).rejects.toMatchObject({
    code: 'panda.queue-unknown',
  });
});

test('each change is in the audit trail and an event', async () => {
  await putQueue(core, actor, described());
  await setStatus(core, actor, nickname, 'test', 'trying');
  const audited = await core.db.sql<{ action: string }[]>`
    select action from core.audit where object_id = ${nickname} order by audit_id`;
  expect(audited.map(({ action }) => action)).toEqual(['panda.queue-made', 'panda.queue-status-set']);
  const events = await core.db.sql<{ data: unknown }[]>`
    select data from core.event where topic = 'panda.queue' and key = ${nickname} order by event_id`;
  expect(events.map(({ data }) => data)).toEqual([
    { queue: nickname, status: 'online', version: 1 },
    { queue: nickname, status: 'test', version: 2 },
  ]);
});

test('ten writers at once leave ten versions', async () => {
  await Promise.all(
    Array.from({ length: 10 }, (_, memory) => putQueue(core, actor, described({ maxrss: memory }))),
  );
  const versions = await listVersions(core.db.sql, nickname);
  expect(versions.map(({ version }) => version)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

test('an import judges each queue by itself and does nothing the second time', async () => {
  const exported = {
    [nickname]: described({ vo_name: 'atlas', atlas_site: 'SOMEWHERE', maxrss: null }),
    [`${nickname}-unnamed`]: { copytools: { rucio: { setup: '' } } },
    [`${nickname}-other`]: described(),
    [`${nickname}-broken`]: { copytools: [], corecount: '8' },
    [`${nickname}-text`]: 'no object',
  };
  const imported = await importQueues(core, actor, exported);
  expect(imported).toMatchObject({
    made: [nickname, `${nickname}-unnamed`],
    refused: [
      { queue: `${nickname}-other`, faults: [expect.stringMatching(/^nickname/)] },
      {
        queue: `${nickname}-broken`,
        faults: [expect.stringMatching(/^copytools/), expect.stringMatching(/^corecount/)],
      },
      { queue: `${nickname}-text` },
    ],
  });
  expect(await look(nickname)).toMatchObject({ vo: 'atlas', site: 'SOMEWHERE', status: 'online' });
  expect(await importQueues(core, actor, exported)).toMatchObject({
    made: [],
    changed: [],
    unchanged: [nickname, `${nickname}-unnamed`],
  });
});

test('a fresh installation has the queue LOCAL, and a restart leaves it as it was made', async () => {
  expect(await look('LOCAL')).toMatchObject({ site: 'LOCAL', vo: null, status: 'online' });
  await setStatus(core, actor, 'LOCAL', 'offline', 'not here');
  await panda.seed?.(core);
  expect(await look('LOCAL')).toMatchObject({ status: 'offline', version: 2 });
  await setStatus(core, actor, 'LOCAL', 'online', 'again');
});

test('a process learns of a change made elsewhere, and reads a document once', async () => {
  await putQueue(core, actor, described({ maxrss: 1 }));
  const first = await look(nickname);
  const again = await look(nickname);
  expect(again?.document).toBe(first?.document);
  await core.db.sql`
    update panda.queue set document = document || '{"maxrss": 2}', version = version + 1 where queue = ${nickname}`;
  expect((await look(nickname))?.document.maxrss).toBe(2);
  expect((await queuesOf(core)).some(({ queue }) => queue === nickname)).toBe(true);
  expect(await look('NO-SUCH')).toBeNull();
});
