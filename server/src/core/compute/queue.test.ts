import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aRequest, ended } from '../../../../test/conformance/compute.suite.ts';
import { testDatabase } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import type { Tx } from '../db/index.ts';
import { silentLog } from '../log.ts';
import { type Compute, type ComputeOptions, type ComputeRun, createCompute } from './index.ts';
import { removeLeftovers } from './local/leftovers.ts';

const db = await testDatabase();
const dataDir = await temporaryFolder('queue');
let made: Compute[] = [];

beforeEach(async () => {
  await db.sql`truncate core.compute_run, core.compute_turn, core.compute_backend cascade`;
  await db.sql`drop table if exists witness`;
  await db.sql`create table witness (n int generated always as identity, run_id text, state text)`;
});
afterEach(async () => {
  await Promise.all(made.map((compute) => compute.stop()));
  made = [];
});

let count = 0;
function server(slots: number, more: Partial<ComputeOptions> = {}): Compute {
  const local = { slots, allowUnisolated: true, network: 'open' as const, firstUid: 63_400, graceSeconds: 1 };
  const compute = createCompute({
    db,
    log: silentLog,
    dataDir,
    processId: `test:0:${++count}`,
    local,
    ...more,
  });
  made.push(compute);
  return compute;
}

/** Writes each change down in the transaction that makes it. */
async function witness(tx: Tx, run: ComputeRun): Promise<void> {
  await tx`insert into witness (run_id, state) values (${run.runId}, ${run.state})`;
}

async function submitAll(compute: Compute, keys: string[], script = 'true'): Promise<string[]> {
  return db.transaction(async (tx) => {
    const ids: string[] = [];
    for (const key of keys) ids.push(await compute.submit(tx, aRequest('local', script, { fairKey: key })));
    return ids;
  });
}

test('users take turns, each in the order of submission', async () => {
  const compute = server(1);
  compute.onChange('example', witness);
  const keys = ['a', 'a', 'a', 'a', 'b', 'b', 'c'];
  const ids = await submitAll(compute, keys);
  await compute.start();
  await Promise.all(ids.map((id) => ended({ db, compute, backend: 'local', patienceSeconds: 15 }, id)));
  const started = await db.sql<
    { runId: string }[]
  >`select run_id from witness where state = 'starting' order by n`;
  const order = started.map(({ runId }) => ids.indexOf(runId));
  expect(order.map((place) => keys[place]).join('')).toBe('abcabaa');
  expect(order).toEqual([0, 4, 6, 1, 5, 2, 3]);
});

test('a user who was served yesterday waits behind one who was not', async () => {
  const compute = server(1);
  await db.sql`insert into core.compute_turn (fair_key, turn) values ('greedy', nextval('core.compute_turn_seq'))`;
  const [greedy, modest] = await submitAll(compute, ['greedy', 'modest']);
  expect((await compute.state(modest as string)).why).toBe(
    'Waits: no server process that executes runs is up.',
  );
  await db.sql`insert into core.compute_backend (host, name, slots, isolation, namespaces, why)
               values ('elsewhere', 'local', 4, 'uid', true, '')`;
  expect((await compute.state(modest as string)).why).toBe('Next in line: 0 of 4 slots are busy.');
  expect((await compute.state(greedy as string)).why).toBe(
    'Number 2 in line: 0 of 4 slots are busy; first go 0 of the same user and 1 of 1 others.',
  );
});

test('the place in line is the order in which runs then start', async () => {
  const compute = server(1);
  compute.onChange('example', witness);
  await db.sql`insert into core.compute_backend (host, name, slots, isolation, namespaces, why)
               values ('elsewhere', 'local', 1, 'uid', true, '')`;
  await db.sql`insert into core.compute_turn (fair_key, turn) values ('b', nextval('core.compute_turn_seq'))`;
  const ids = await submitAll(compute, ['a', 'a', 'b', 'c', 'b', 'a', 'c', 'a']);
  const said = await Promise.all(
    ids.map(async (id) => Number(/Number (\d+)/.exec((await compute.state(id)).why)?.[1] ?? '1')),
  );
  await compute.start();
  await Promise.all(ids.map((id) => ended({ db, compute, backend: 'local', patienceSeconds: 15 }, id)));
  const started = await db.sql<
    { runId: string }[]
  >`select run_id from witness where state = 'starting' order by n`;
  expect(said).toEqual(ids.map((id) => started.findIndex(({ runId }) => runId === id) + 1));
});

test('two processes of a host share its slots and start each run once', async () => {
  const both = [server(2), server(2)];
  for (const compute of both) compute.onChange('example', witness);
  const [first] = both as [Compute, Compute];
  const ids = await submitAll(
    first,
    Array.from({ length: 12 }, (_, n) => `user${n % 3}`),
    'sleep 0.2',
  );
  await Promise.all(both.map((compute) => compute.start()));
  let most = 0;
  await eventually(async () => {
    const [row] = await db.sql<{ active: number; done: number }[]>`
      select count(*) filter (where state in ('starting', 'running', 'ending'))::int as active,
             count(*) filter (where state = 'ended')::int as done from core.compute_run`;
    most = Math.max(most, row?.active ?? 0);
    expect(row?.done).toBe(ids.length);
  }, 15_000);
  expect(most).toBe(2);
  const starts = await db.sql<{ runId: string; times: number }[]>`
    select run_id, count(*)::int as times from witness where state = 'starting' group by run_id`;
  expect(starts.every(({ times }) => times === 1)).toBe(true);
  const [{ attempts }] = await db.sql<[{ attempts: number }]>`
    select max(attempt) as attempts from core.compute_run`;
  expect(attempts).toBe(1);
});

test('the owner hears of each change once, in order, inside the transaction', async () => {
  const compute = server(1);
  compute.onChange('example', witness);
  await compute.start();
  const [id] = (await submitAll(compute, ['a'])) as [string];
  await ended({ db, compute, backend: 'local', patienceSeconds: 15 }, id);
  const heard = await db.sql<{ state: string }[]>`select state from witness where run_id = ${id} order by n`;
  expect(heard.map(({ state }) => state)).toEqual(['starting', 'running', 'ended']);
});

test('a change that the owner refuses does not happen, and is tried again', async () => {
  const compute = server(1);
  let refusals = 0;
  compute.onChange('example', async (tx, run) => {
    await witness(tx, run);
    if (run.state === 'ended' && refusals++ < 2) throw new Error('not yet');
  });
  await compute.start();
  const [id] = (await submitAll(compute, ['a'])) as [string];
  await ended({ db, compute, backend: 'local', patienceSeconds: 15 }, id);
  expect(refusals).toBe(3);
  const heard = await db.sql`select 1 from witness where run_id = ${id} and state = 'ended'`;
  expect(heard).toHaveLength(1);
});

test('a run whose owner refuses its start does not hold up the others', async () => {
  const compute = server(1);
  const [bad, good] = (await submitAll(compute, ['a', 'b'])) as [string, string];
  compute.onChange('example', async (_tx, run) => {
    if (run.runId === bad) throw new Error('never');
  });
  await compute.start();
  await ended({ db, compute, backend: 'local', patienceSeconds: 15 }, good);
  expect((await compute.state(bad)).state).toBe('queued');
});

test('a queued run is cancelled at once, also within the transaction of the caller', async () => {
  const compute = server(1);
  compute.onChange('example', witness);
  const [one, two] = (await submitAll(compute, ['a', 'a'])) as [string, string];
  await compute.cancel(one, 'changed my mind');
  expect(await compute.state(one)).toMatchObject({
    state: 'ended',
    startedAt: null,
    exit: { code: null, reason: 'cancelled', message: 'Cancelled before it started: changed my mind.' },
  });
  const undone = db.transaction(async (tx) => {
    await compute.cancel(two, 'no', tx);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect((await compute.state(two)).state).toBe('queued');
  await expect(compute.cancel('nobody', 'x')).rejects.toMatchObject({ code: 'compute.run-unknown' });
  await expect(compute.collect(one)).rejects.toMatchObject({ code: 'compute.folder-missing' });
  await compute.remove(one);
});

test('the folder of a run on another host is refused with a sentence', async () => {
  const compute = server(1);
  await compute.start();
  const [id] = (await submitAll(compute, ['a'])) as [string];
  await ended({ db, compute, backend: 'local', patienceSeconds: 15 }, id);
  const elsewhere = server(1, { dataDir: path.join(dataDir, 'other') });
  await expect(elsewhere.collect(id)).rejects.toMatchObject({
    kind: 'conflict',
    code: 'compute.run-elsewhere',
  });
});

test('a run of a host that is gone ends as lost when its time is up, not before', async () => {
  const compute = server(1);
  compute.onChange('example', witness);
  const [old, fresh] = (await submitAll(compute, ['a', 'a'])) as [string, string];
  await db.sql`
    update core.compute_run set state = 'running', host = 'gone', slot = seq, claimed_by = 'gone:1:x', folder = run_id,
      lease_until = now() - interval '2 hours', started_at = now() - case run_id when ${old} then interval '3 hours'
      else interval '0' end`;
  await compute.start();
  expect((await compute.state(old)).exit).toMatchObject({
    reason: 'lost',
    message: expect.stringContaining('gone'),
  });
  expect((await compute.state(fresh)).state).toBe('running');
  expect(await db.sql`select state from witness where run_id = ${old}`).toMatchObject([{ state: 'ended' }]);
  await compute.remove(old);
});

test('folders without a run are removed, those of runs stay', async () => {
  const compute = server(1);
  await compute.start();
  const [id] = (await submitAll(compute, ['a'])) as [string];
  await ended({ db, compute, backend: 'local', patienceSeconds: 15 }, id);
  const runs = path.join(dataDir, 'compute/runs');
  await mkdir(path.join(runs, 'forgotten/work'), { recursive: true });
  const tomorrow = Date.now() + 86_400_000;
  expect(await removeLeftovers(db.sql, runs, silentLog)).not.toContain('forgotten');
  const removed = await removeLeftovers(db.sql, runs, silentLog, tomorrow);
  expect(removed).toContain('forgotten');
  expect(removed).not.toContain(id);
  expect(await readdir(runs)).toEqual([id]);
});

test('the backends tell slots, what runs, what waits, and how runs are isolated', async () => {
  const compute = server(3);
  await compute.start();
  const [report] = await compute.backends();
  expect(report).toMatchObject({ name: 'local', slots: 3, running: 0, queued: 0 });
  expect(report?.why).toMatch(/^(The server is|Runs have).+\.$/);
});

test('a claim that was lost changes nothing any more', async () => {
  const compute = server(1);
  compute.onChange('example', witness);
  await compute.start();
  const [id] = (await submitAll(compute, ['a'], 'sleep 0.5')) as [string];
  await eventually(async () => expect((await compute.state(id)).state).toBe('running'));
  await db.sql`update core.compute_run set claimed_by = 'other:0:x', lease_until = now() + interval '1 hour'`;
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect((await compute.state(id)).state).toBe('running');
});
