import { expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { setDisabled } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { forgetQueues, putQueue, queueOf, setStatus } from '../queues/queues.ts';
import { factoryAccount } from './account.ts';
import { factoryState } from './factory-state.ts';
import { listPilotRuns } from './pilot-run.store.ts';
import { startPilots } from './start-pilots.ts';

// No slots for work here: what is started stays queued, so that it can be counted.
const server = await testServer([panda], { role: 'web' });
const beside = await testServer([panda], { role: 'web' }, server);
const { core } = server;
const actor = { name: 'a test' };

/** A computer that takes runs and never begins one. */
async function aComputer(isolation: 'uid' | 'none', namespaces = false): Promise<void> {
  await core.db.sql`
    insert into core.compute_backend (host, name, slots, isolation, namespaces, why, seen_at)
    values ('elsewhere', 'local', 4, ${isolation}, ${namespaces}, 'as the test says', '2999-01-01')
    on conflict (host, name) do update set isolation = excluded.isolation, namespaces = excluded.namespaces`;
}
await aComputer('uid');

let names = 0;
async function aQueue(pilotFactory: Record<string, unknown> | undefined): Promise<string> {
  const nickname = `Q${++names}`;
  const document = {
    nickname,
    copytools: { mv: {} },
    state: 'ACTIVE',
    ...(pilotFactory ? { pilotFactory } : {}),
  };
  await putQueue(core, actor, document);
  forgetQueues(core);
  forgetQueues(beside.core);
  return nickname;
}

async function stateOf(name: string) {
  const queue = await queueOf(core, name);
  return queue === null ? null : factoryState(core, queue);
}

test('a queue without a factory gets none', async () => {
  const name = await aQueue(undefined);
  await aJob(core.db, { queue: name });
  expect(await stateOf(name)).toBeNull();
  expect(await startPilots(core, name)).toBe(0);
});

test('pilots are started for jobs that wait, one for each, and no more than the queue may have', async () => {
  const name = await aQueue({ backend: 'local', pilot: 'own', max: 3 });
  expect(await stateOf(name)).toMatchObject({ toStart: 0, why: 'No job waits for a pilot.' });
  await aJob(core.db, { queue: name });
  await aJob(core.db, { queue: name });
  expect(await startPilots(core, name)).toBe(2);
  expect(await startPilots(core, name)).toBe(0);
  await Promise.all([1, 2, 3, 4].map(() => aJob(core.db, { queue: name })));
  expect(await startPilots(core, name)).toBe(1);
  expect(await stateOf(name)).toMatchObject({ pilots: { queued: 3, running: 0 }, toStart: 0 });
  expect((await stateOf(name))?.why).toMatch(/^3 pilots at work, 3 of them waiting for a slot/);
});

test('two processes that look at the same time start no pilot twice', async () => {
  const name = await aQueue({ backend: 'local', pilot: 'own', max: 5 });
  await Promise.all([1, 2, 3].map(() => aJob(core.db, { queue: name })));
  const started = await Promise.all(
    [core, beside.core, core, beside.core].map((each) => startPilots(each, name)),
  );
  expect(started.reduce((sum, n) => sum + n, 0)).toBe(3);
  expect(await listPilotRuns(core.db.sql, name)).toHaveLength(3);
  const [row] = await core.db.sql`
    select count(*)::int as n from core.compute_run where fair_key = ${`panda queue ${name}`}`;
  expect(row?.n).toBe(3);
  await eventually(async () => {
    const tokens = await core.db.sql`
      select from core.api_token where label = ${`a pilot of queue ${name}`} and revoked_at is null`;
    expect(tokens).toHaveLength(3);
  });
});

test('a queue that is offline, or wants what this server has not, says why it gets no pilot', async () => {
  const name = await aQueue({ backend: 'local', pilot: 'own', max: 1 });
  await aJob(core.db, { queue: name });
  await setStatus(core, actor, name, 'offline', 'the disk is full');
  forgetQueues(core);
  expect(await stateOf(name)).toMatchObject({ toStart: 0, why: 'The queue is offline: the disk is full.' });
  const slurm = await aQueue({ backend: 'slurm', pilot: 'own', max: 1 });
  await aJob(core.db, { queue: slurm });
  expect((await stateOf(slurm))?.why).toContain('"slurm" of the pilots is not up');
});

test('pilot3 is started only where it gets processes of its own, and where it is', async () => {
  const name = await aQueue({ backend: 'local', pilot: 'pilot3', max: 1 });
  await aJob(core.db, { queue: name });
  expect(await startPilots(core, name)).toBe(0);
  expect((await stateOf(name))?.why).toMatch(
    /ends processes of others .* elsewhere cannot give it a process namespace .* as the test says/,
  );
  await aComputer('uid', true);
  expect(await startPilots(core, name)).toBe(0);
  expect((await stateOf(name))?.why).toBe(
    'No pilot3 can be started. The setting panda.factory.pilot3.folder does not say where pilot3 is.',
  );
  await aComputer('uid');
});

test('an account of the pilots that is closed stops them, and whoever asks is told', async () => {
  const name = await aQueue({ backend: 'local', pilot: 'own', max: 1 });
  await aJob(core.db, { queue: name });
  await setDisabled(core.auth.context, actor, factoryAccount, true);
  expect(await startPilots(core, name)).toBe(0);
  expect((await stateOf(name))?.why).toBe('No pilot could be started: The account pilot-factory is closed.');
  await setDisabled(core.auth.context, actor, factoryAccount, false);
  expect(await startPilots(core, name)).toBe(1);
  expect((await stateOf(name))?.why).toMatch(/^One pilot/);
});

test('where nothing keeps a job away from the server, no pilot is started and the reason is told', async () => {
  const name = await aQueue({ backend: 'local', pilot: 'own', max: 1 });
  await aJob(core.db, { queue: name });
  await aComputer('none');
  expect(await startPilots(core, name)).toBe(0);
  expect((await stateOf(name))?.why).toContain('as the test says');
  await aComputer('uid');
  expect(await startPilots(core, name)).toBe(1);
});

test('pilots that fail make the next one wait, and what the last one said is told', async () => {
  const name = await aQueue({ backend: 'local', pilot: 'own', max: 1 });
  await aJob(core.db, { queue: name });
  await core.db.sql`
    insert into panda.pilot_run (queue, token_id, demand, ended_at, ending, exit_code, last_words, jobs)
    values (${name}, 'none', 1, clock_timestamp(), 'The run ended with exit code 1.', 1, ${'first\nno Node here\n'}, 0)`;
  expect(await startPilots(core, name)).toBe(0);
  const state = await stateOf(name);
  expect(state?.why).toMatch(
    /^The last pilot failed \(no Node here\): The run ended with exit code 1\. After a pause/,
  );
  expect(state?.pausedUntil).toBeInstanceOf(Date);
});
