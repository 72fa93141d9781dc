import type { PandaBadNodeList, PandaNode, PandaNodePage } from '@orrery/contracts/panda';
import { beforeAll, describe, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { endJobs } from '../jobs/archive.store.ts';
import { forgetQueues } from '../queues/queues.ts';
import { recordNode, recordNodeGpu } from '../workers/node.store.ts';
import { readNode, readNodeGpu } from '../workers/node.ts';

const server = await testServer([panda], { role: 'web' });
const { app, core, adminToken } = server;
const { db } = core;

async function get<T>(path: string, token = adminToken, expected = 200): Promise<T> {
  const reply = await app.inject({
    url: `/api/panda/${path}`,
    headers: { authorization: `Bearer ${token}` },
  });
  expect(reply.statusCode, reply.body).toBe(expected);
  return reply.json() as T;
}

async function seen(host: string, rest: Record<string, unknown> = {}): Promise<void> {
  const node = readNode({
    site: 'NORTH',
    host_name: host,
    cpu_model: 'AMD EPYC 7351 16-Core Processor',
    n_logical_cpus: 32,
    total_memory: 128_000,
    cpu_architecture_level: 'x86-64-v3',
    panda_queue: 'NORTH_Q',
    ...rest,
  });
  if (node === null) throw new Error('no node');
  await recordNode(db.sql, node);
}

/** Jobs of NORTH_Q that ended on a machine. */
async function ended(node: string, finished: number, failed: number, code = 1305): Promise<number[]> {
  const ids: number[] = [];
  for (let n = 0; n < finished + failed; n++) {
    const { jobId } = await aJob(db, { status: 'running', queue: 'NORTH_Q', owner: 'Ann' });
    ids.push(jobId);
  }
  await db.sql`
    update panda.job set node = ${node}, status = 'holding', started_at = clock_timestamp() - interval '50 seconds'
    where job_id = any(${ids}::bigint[])`;
  await db.transaction((tx) =>
    endJobs(
      tx,
      ids.map((jobId, n) => ({
        jobId,
        status: n < finished ? ('finished' as const) : ('failed' as const),
        why: 'a test',
        by: 'test',
        ...(n < finished ? {} : { errors: { pilot: { code, diag: 'no disk' } } }),
      })),
    ),
  );
  return ids;
}

beforeAll(async () => {
  await db.sql`
    insert into panda.queue (queue, site, vo, status, status_by, document)
    values ('NORTH_Q', 'NORTH', null, 'online', 'test', '{}')`;
  // The factory may have read them before.
  forgetQueues(core);
});

describe('the list of worker nodes', () => {
  const hosts = ['n1', 'n2', 'n3', 'n4', 'n5'];

  beforeAll(async () => {
    for (const host of hosts) await seen(host);
    await seen('big', {
      site: 'SOUTH',
      panda_queue: 'SOUTH_Q',
      n_logical_cpus: 256,
      cpu_model: 'Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz',
    });
    const gpu = readNodeGpu({
      site: 'SOUTH',
      host_name: 'big',
      vendor: 'NVIDIA',
      model: 'A100 80GB',
      count: 4,
    });
    if (gpu === null) throw new Error('no accelerator');
    await recordNodeGpu(db.sql, gpu);
  });

  test('goes by keyset, the last seen first, there and back', async () => {
    const first = await get<PandaNodePage>('nodes?limit=4');
    expect(first.rows.map(({ host }) => host)).toEqual(['big', 'n5', 'n4', 'n3']);
    expect(first.newer).toBeNull();
    const second = await get<PandaNodePage>(`nodes?limit=4&cursor=${first.older}`);
    expect(second.rows.map(({ host }) => host)).toEqual(['n2', 'n1']);
    expect(second.older).toBeNull();
    const back = await get<PandaNodePage>(`nodes?limit=4&cursor=${second.newer}`);
    expect(back.rows).toEqual(first.rows);
    expect(back.newer).toBeNull();
  });

  test.each([
    ['site=SOUTH', ['big']],
    ['queue=NORTH_Q&host=N3', ['n3']],
    ['cpu=xeon', ['big']],
    ['gpu=any', ['big']],
    ['gpu=a100', ['big']],
    ['gpu=MI300', []],
    ['cores=33', ['big']],
    ['memoryMb=128001', []],
    ['level=x86-64-v4', []],
    ['host=n%25', []],
    ['since=2999-01-01T00:00:00.000Z', []],
  ])('is narrowed by %s', async (query, wanted) => {
    const { rows } = await get<PandaNodePage>(`nodes?${query}`);
    expect(rows.map(({ host }) => host)).toEqual(wanted);
  });

  test('tells the accelerators and queues of each', async () => {
    const { rows } = await get<PandaNodePage>('nodes?site=SOUTH');
    expect(rows[0]).toMatchObject({
      cpuName: 'INTEL XEON GOLD 6130',
      queues: ['SOUTH_Q'],
      gpus: [{ vendor: 'NVIDIA', gpus: 4 }],
    });
  });

  test.each(['nodes?cursor=x', 'nodes?cursor=WyJvbGRlciIsMV0', 'nodes?cores=-1', 'nodes?since=now'])(
    'refuses %s',
    (path) => get(path, adminToken, 400),
  );
});

describe('nodes that fail more than their queue', () => {
  test('are found with their numbers, slots of a machine together; healthy ones are not', async () => {
    await ended('slot1@hole', 0, 7);
    await ended('slot2@hole', 1, 2, 1212);
    await ended('good', 30, 1);
    await ended('fair', 20, 0);
    const { rows, looked, exact } = await get<PandaBadNodeList>('nodes/bad?failed=3');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      site: 'NORTH',
      host: 'hole',
      queue: 'NORTH_Q',
      finished: 1,
      failed: 9,
      errors: [
        { source: 'pilot', code: 1305, jobs: 7 },
        { source: 'pilot', code: 1212, jobs: 2 },
      ],
    });
    expect(rows[0]?.elsewhere).toBeCloseTo(1 / 51, 5);
    expect(rows[0]?.excess).toBeCloseTo(9 - 10 / 51, 5);
    expect(Math.round(rows[0]?.medianSeconds ?? 0)).toBeGreaterThanOrEqual(50);
    expect(rows[0]?.hours).toHaveLength(6);
    expect(rows[0]?.hours.reduce((sum, { failed }) => sum + failed, 0)).toBe(9);
    expect({ looked, exact }).toEqual({ looked: 1, exact: true });
    expect((await get<PandaBadNodeList>('nodes/bad?queue=OTHER')).rows).toEqual([]);
    expect((await get<PandaBadNodeList>('nodes/bad?failed=10')).rows).toEqual([]);
  });

  test('of which one is shown with its jobs, whose errors are counted', async () => {
    const node = await get<PandaNode>('nodes/NORTH/hole');
    expect(node).toMatchObject({ finished: 1, failed: 9, hardware: [], exact: true });
    expect(node.jobs).toHaveLength(10);
    expect(node.jobs[0]).toMatchObject({
      node: 'slot2@hole',
      error: { source: 'pilot', code: 1212, diag: 'no disk' },
    });
    expect(node.elsewhere).toBeCloseTo(1 / 51, 5);
  });

  test('hide the jobs of other people, and tell their numbers', async () => {
    const actor = { name: 'test' };
    await createAccount(core.auth.context, actor, { name: 'bob', roles: ['user'] });
    const token = await createToken(core.auth.context, actor, { user: 'bob' });
    expect(await get<PandaNode>('nodes/NORTH/hole', token)).toMatchObject({ failed: 9, jobs: [] });
  });
});

describe('one worker node', () => {
  test('has its hardware, and the workers whose batch system names it', async () => {
    await db.sql`
      insert into panda.worker (harvester_id, worker_id, queue, status, node)
      values ('h', 1, 'NORTH_Q', 'running', 'slot7@n1'), ('h', 2, 'SOUTH_Q', 'running', 'n1')`;
    const node = await get<PandaNode>('nodes/NORTH/n1');
    expect(node.hardware).toMatchObject([{ host: 'n1', logicalCpus: 32, level: 'x86-64-v3' }]);
    expect(node.workers.map(({ worker }) => worker)).toEqual([1]);
    expect(node.queues).toMatchObject([{ queue: 'NORTH_Q' }]);
  });

  test('that nobody has heard of is missing, as is the same name at another site', async () => {
    await get('nodes/NORTH/nothing', adminToken, 404);
    await get('nodes/NORTH/big', adminToken, 404);
  });
});
