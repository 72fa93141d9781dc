import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { registerPilots } from '../../cli/panda-pilots.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { forgetQueues, putQueue, queueOf, setStatus } from '../queues/queues.ts';
import { readJob, submitJobs } from '../submit/index.ts';
import { listLivePilots } from './live-pilots.store.ts';

const { core, app } = await testServer([panda], {
  'panda.factory.idleSeconds': '30',
  'panda.factory.heartbeatSeconds': '1',
});
const actor = { name: 'a test' };
await createAccount(core.auth.context, actor, { name: 'op', roles: ['operator'] });
await createAccount(core.auth.context, actor, { name: 'reader', roles: ['user'] });
const operator = await createToken(core.auth.context, actor, { user: 'op' });
const reader = await createToken(core.auth.context, actor, { user: 'reader' });

/** A queue of one pilot whose job sleeps; answers when the job runs. */
async function aBusyQueue(name: string): Promise<{ jobId: number; pilot: number }> {
  const local = await queueOf(core, 'LOCAL');
  const pilotFactory = { backend: 'local', pilot: 'own', max: 1 };
  await putQueue(core, actor, { ...local?.document, nickname: name, panda_resource: name, pilotFactory });
  forgetQueues(core);
  const job = readJob({
    jobName: 'a job that sleeps',
    prodSourceLabel: 'user',
    transformation: '/trf/user/runLocal-00-00-01',
    computingSite: name,
    jobPars: 'out.txt --sleep 300',
    outFiles: `${name}.log.tgz`,
    logFile: `${name}.log.tgz`,
    ddmEndPointOut: 'LOCAL_DATADISK',
    realDatasets: 'user.tester.log/',
    destinationDblock: 'user.tester.log',
    scopeOut: '',
    scopeLog: 'user.tester',
  });
  const owner = { name: 'Test User', accountId: null, vo: 'local', isProduction: false };
  const [jobId = 0] = await submitJobs(core, owner, [job]);
  await eventually(async () => {
    const [row] = await core.db.sql`select status from panda.job where job_id = ${jobId}`;
    expect(row).toMatchObject({ status: 'running' });
  }, 30_000);
  const [live] = await listLivePilots(core.db.sql, { queue: name });
  expect(live?.jobIds).toEqual([jobId]);
  // No other pilot takes its place.
  await setStatus(core, actor, name, 'offline', 'the test wants it');
  forgetQueues(core);
  return { jobId, pilot: live?.pilotRunId ?? 0 };
}

function post(url: string, token: string, payload: object = {}) {
  return app.inject({ method: 'POST', url, headers: { authorization: `Bearer ${token}` }, payload });
}

/** Runs `orrery panda …` beside the server, and gives what it printed. */
async function command(...words: string[]): Promise<string> {
  const program = new Command().exitOverride();
  registerPilots(program, async () => ({
    db: core.db,
    config: core.config,
    log: core.log,
    close: async () => {},
  }));
  let printed = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
  } finally {
    spy.mockRestore();
  }
  return printed;
}

test('an operator ends a pilot; its job is begun again, and the act stands in the audit trail', async () => {
  const { jobId, pilot } = await aBusyQueue('ONE');
  for (const [token, mayEnd] of [[operator, true] as const, [reader, false] as const]) {
    const headers = { authorization: `Bearer ${token}` };
    const worker = await app.inject({ url: `/api/panda/workers/orrery/${pilot}`, headers });
    expect(worker.json()).toMatchObject({ mayKill: false, mayEnd });
  }
  expect((await post(`/api/panda/pilots/${pilot}/end`, reader)).statusCode).toBe(403);
  expect((await post(`/api/panda/pilots/${pilot}/end`, operator, { later: true })).statusCode).toBe(400);
  const answer = await post(`/api/panda/pilots/${pilot}/end`, operator);
  expect([answer.statusCode, answer.json()]).toEqual([200, { pilots: [pilot] }]);
  await eventually(async () => {
    expect(await listLivePilots(core.db.sql, { pilotRunId: pilot })).toEqual([]);
    const [row] = await core.db.sql`select status, attempt from panda.job where job_id = ${jobId}`;
    expect(row).toMatchObject({ status: 'activated', attempt: 2 });
  }, 40_000);
  for (const id of [String(pilot), '0', 'x', '99999999999999999999']) {
    const gone = await post(`/api/panda/pilots/${id}/end`, operator);
    expect([gone.statusCode, gone.json().code]).toEqual([404, 'panda.pilot-unknown']);
  }
  const [entry] = await core.db.sql`
    select actor, details from core.audit where action = 'panda.pilot-stopped' order by 1 limit 1`;
  expect(entry).toMatchObject({ actor: 'op', details: { queue: 'ONE', now: false } });
}, 90_000);

test('the shell lists pilots and ends those of one queue at once', async () => {
  const { jobId, pilot } = await aBusyQueue('TWO');
  const listed = await command('pilots', 'list', '--queue', 'TWO');
  expect(listed.split('\n')[0]).toMatch(/^PILOT +QUEUE +STATE +HOST +JOBS +SINCE +RUN$/);
  expect(listed.split('\n')[1]).toMatch(new RegExp(`^${pilot} +TWO +running +\\S+ +${jobId} +20`));
  expect(await command('pilots', 'stop', '--queue', 'TWO', '--now')).toBe(`${pilot} TWO ended\n`);
  await eventually(async () => {
    expect(await listLivePilots(core.db.sql, { queue: 'TWO' })).toEqual([]);
  }, 20_000);
  expect(await command('pilots', 'stop', '--queue', 'TWO')).toBe('No pilot of this server is up.\n');
  await expect(command('pilots', 'stop', String(pilot))).rejects.toThrow(/No pilot \d+ of this server/);
}, 90_000);

test('all pilots of a queue are ended by one call; a queue that is not there is told', async () => {
  const { pilot } = await aBusyQueue('THREE');
  const answer = await post('/api/panda/queues/THREE/end-pilots', operator, { now: true });
  expect([answer.statusCode, answer.json()]).toEqual([200, { pilots: [pilot] }]);
  expect((await post('/api/panda/queues/NONE/end-pilots', operator)).statusCode).toBe(404);
  await eventually(async () => {
    expect(await listLivePilots(core.db.sql, { queue: 'THREE' })).toEqual([]);
  }, 20_000);
}, 90_000);
