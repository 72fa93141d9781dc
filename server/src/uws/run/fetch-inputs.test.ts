import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createIdentity, type Identity } from '../../core/auth/index.ts';
import { AppError } from '../../core/errors.ts';
import { unguessableId } from '../../core/ids.ts';
import { installDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { findJob } from '../jobs/jobs.store.ts';
import { abortJob, createJob, destroyJob, runJob } from '../jobs/jobs.ts';
import { serviceOf } from '../service.ts';
import { lanesPerUser } from './fetch.store.ts';

/** Downloads that are under way, by address; each waits to be let go. */
const open = new Map<string, ServerResponse>();
const asked: string[] = [];
const cut: string[] = [];
const source = createServer((request, response) => {
  const path = request.url ?? '';
  asked.push(path);
  if (path.startsWith('/busy')) return void response.writeHead(503).end();
  if (path.startsWith('/large')) return void response.end(Buffer.alloc(1_500_000));
  response.writeHead(200).write('first half');
  open.set(path, response);
  response.on('close', () => {
    if (!response.writableEnded) cut.push(path);
    open.delete(path);
  });
});
await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
const host = `http://127.0.0.1:${(source.address() as AddressInfo).port}`;

const { core } = await testServer([uws], {
  'fetch.allowPrivate': '127.0.0.0/8',
  'compute.local.allowUnisolated': 'true',
  'uws.uploadQuotaMb': '1',
});
const service = serviceOf(core);
await installDefinition(
  core.db,
  { name: 'probe', script: 'true', parameters: [{ name: 'image', type: 'file' }] },
  'tester',
  new Date(),
);
service.catalog.forget();
const definition = await service.catalog.get('probe');
afterAll(() => {
  for (const response of open.values()) response.destroy();
  source.close();
});
beforeEach(() => {
  asked.length = 0;
  cut.length = 0;
});

const user = (name: string): Identity =>
  createIdentity(core.auth.permissions, {
    kind: 'account',
    accountId: 1,
    name,
    displayName: name,
    grants: [{ role: 'user', scope: null }],
    via: 'bearer',
  });
const run = (name: string, path: string, jobId = unguessableId()) => {
  const texts = new Map([['image', [`${host}${path}`]]]);
  const given = { texts, uploads: new Map(), unknown: 'keep' } as const;
  return createJob(service, definition, { given, wishes: {}, run: true, jobId }, user(name));
};
const letGo = (path: string) => open.get(path)?.end('second half');
const phaseOf = async (jobId: string) => (await findJob(core.db.sql, jobId))?.phase;
const countOf = (name: string) => asked.filter((path) => path.startsWith(`/${name}/`)).length;

test('users take turns: nobody has more than some downloads at a time, and who waits longest is next', async () => {
  const jobIds: string[] = [];
  for (const name of ['anna', 'bert', 'carl']) {
    // The last sign of the id decides about the lane: as many jobs for each.
    for (let index = 0; index < 16; index++)
      jobIds.push(await run(name, `/${name}/${index}`, `${unguessableId()}${'abcd'[index % 4]}`));
    if (name === 'anna') await eventually(() => expect(open.size).toBe(lanesPerUser));
    if (name === 'bert') await eventually(() => expect(open.size).toBe(2 * lanesPerUser));
  }
  expect([countOf('anna'), countOf('bert'), countOf('carl')]).toEqual([4, 4, 0]);
  // One ends after the other, the longest open first.
  for (let ended = 0; ended < 32; ended++) {
    const path = await eventually(() => [...open.keys()][0] ?? Promise.reject(new Error('nothing is open')));
    letGo(path);
    await eventually(() => expect(open.has(path)).toBe(false));
    await eventually(() => expect(asked.length).toBe(9 + ended));
  }
  // Carl came after 32 jobs of the others. Each of them had its turn once more at most before his first.
  const carl = asked.findIndex((path) => path.startsWith('/carl/'));
  expect(carl).toBeLessThanOrEqual(4 * lanesPerUser);
  await eventually(() => {
    for (const path of open.keys()) letGo(path);
    expect([asked.length, open.size]).toEqual([48, 0]);
  }, 20_000);
  const upTo = (count: number, name: string) =>
    asked.slice(0, count).filter((path) => path.startsWith(`/${name}/`)).length;
  expect(upTo(36, 'carl')).toBeGreaterThanOrEqual(8);
  expect(new Set(asked).size).toBe(48);
  await eventually(async () => {
    for (const jobId of jobIds) expect(await phaseOf(jobId)).not.toBe('PENDING');
    const [row] = await core.db.sql<[{ count: number }]>`
      select count(*)::int as count from uws.job where phase = 'QUEUED' and compute_run_id is null`;
    expect(row.count).toBe(0);
  }, 20_000);
}, 60_000);

test('abort and deletion stop a download, also when another process did it', async () => {
  const [aborted, deleted, elsewhere] = [
    await run('dora', '/dora/aborted'),
    await run('erna', '/erna/deleted'),
    await run('fred', '/fred/elsewhere'),
  ];
  await eventually(() => expect(open.size).toBe(3));
  await abortJob(service, aborted, user('dora'));
  await destroyJob(service, deleted, user('erna'));
  // Without an event, as when it was lost: the task looks for itself.
  await core.db.sql`update uws.job set phase = 'ABORTED', ended_at = now() where job_id = ${elsewhere}`;
  await eventually(
    () => expect(cut.sort()).toEqual(['/dora/aborted', '/erna/deleted', '/fred/elsewhere']),
    5000,
  );
  expect(await phaseOf(aborted)).toBe('ABORTED');
  expect(await phaseOf(deleted)).toBeUndefined();
  await eventually(async () => expect(await core.queue.list({ kind: 'uws.fetch-inputs' })).toEqual([]));
  expect(asked).toHaveLength(3);
});

test('an address that answers badly is asked again later and holds up no other of the user', async () => {
  const busy = await run('gina', '/busy');
  const jobIds: string[] = [];
  for (let index = 0; index < 8; index++) jobIds.push(await run('gina', `/large-${index}`));
  const good = await run('hugo', '/hugo/good');
  await eventually(() => expect(open.has('/hugo/good')).toBe(true));
  letGo('/hugo/good');
  await eventually(async () =>
    expect((await findJob(core.db.sql, good))?.parameters[0]?.files?.[0]?.hash).toBeTruthy(),
  );
  await eventually(
    () => expect(asked.filter((path) => path === '/busy').length).toBeGreaterThanOrEqual(2),
    15_000,
  );
  expect(await phaseOf(busy)).toBe('QUEUED');
  // What is larger than the quota of its owner ends its job with the reason.
  await eventually(async () => expect(await phaseOf(jobIds[0] ?? '')).toBe('ERROR'));
  expect((await findJob(core.db.sql, jobIds[0] ?? ''))?.error).toMatchObject({
    message: expect.stringMatching(/^An input could not be fetched: .*(larger than|may have)/),
  });
  await abortJob(service, busy, user('gina'));
}, 40_000);

test('when the computer refuses a job after its inputs came, it is HELD with the reason and can be run again', async () => {
  const { submit } = core.compute;
  const jobId = await run('ida', '/ida/held');
  await eventually(() => expect(open.has('/ida/held')).toBe(true));
  core.compute.submit = async () => {
    throw new AppError('forbidden', 'compute.isolation-none', 'Nothing keeps a run away from the server.');
  };
  letGo('/ida/held');
  try {
    await eventually(async () => expect(await phaseOf(jobId)).toBe('HELD'));
    const [last] = await core.db.sql<{ why: string }[]>`
      select why from uws.job_phase where job_id = ${jobId} order by ordinal desc limit 1`;
    expect(last?.why).toBe('It could not be queued: Nothing keeps a run away from the server.');
    // Asked again it is refused in the answer, and stays as it is.
    await expect(runJob(service, jobId, user('ida'))).rejects.toMatchObject({ kind: 'forbidden' });
    expect(await phaseOf(jobId)).toBe('HELD');
  } finally {
    core.compute.submit = submit;
  }
  await runJob(service, jobId, user('ida'));
  await eventually(async () => expect(await phaseOf(jobId)).toBe('COMPLETED'), 20_000);
  expect(asked).toEqual(['/ida/held']);
}, 40_000);
