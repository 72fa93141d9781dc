import { describe, expect, test } from 'vitest';
import { pandaCalls } from '../../../../test/support/panda-http.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { forgetQueues, putQueue } from '../queues/queues.ts';
import { addCommands } from './commands.store.ts';
import { seedHarvester } from './seed-harvester.ts';

const server = await testServer([panda]);
const { core } = server;
const { db } = core;
const pilot = await pandaCalls(server, 'harvester', 'panda.pilot');
const producer = await pandaCalls(server, 'producer', 'panda.production');
const ofAtlas = await pandaCalls(server, 'atlas-producer', 'panda.production:atlas');
const user = await pandaCalls(server, 'somebody', 'user');
const nobody = await pandaCalls(server, 'nobody');

const role = 'production or pilot role required';

await putQueue(
  core,
  { name: 'test' },
  {
    nickname: 'SWEPT',
    copytools: { mv: {} },
    harvester: 'central',
    queues: [{ ce_endpoint: 'ce1.example.org' }, { ce_endpoint: 'ce2.example.org' }],
  },
);
await putQueue(core, { name: 'test' }, { nickname: 'UNSERVED', copytools: { mv: {} } });
await putQueue(
  core,
  { name: 'test' },
  { nickname: 'OF-BELLE', vo_name: 'belle', harvester: 'b', copytools: { mv: {} } },
);
forgetQueues(core);

describe('a heartbeat', () => {
  test('makes the Harvester known: legacy says so, v1 fails that first time', async () => {
    expect(await pilot.legacy('harvesterIsAlive', { harvesterID: 'old' })).toEqual([
      true,
      'no instance record',
    ]);
    expect(await pilot.legacy('harvesterIsAlive', { harvesterID: 'old' })).toEqual([true, 'succeeded']);
    const body = { harvester_id: 'new' };
    expect(await pilot.post('harvester/heartbeat', body)).toEqual({
      success: false,
      message: 'no instance record',
      data: null,
    });
    expect(await pilot.post('harvester/heartbeat', body)).toEqual({ success: true, message: '', data: null });
  });

  test('is known from the start under the seeded name', async () => {
    await seedHarvester(core);
    expect(await db.sql`select from panda.harvester where harvester_id = 'local'`).toHaveLength(1);
    expect(await pilot.legacy('harvesterIsAlive', { harvesterID: 'local' })).toEqual([true, 'succeeded']);
  });

  test('tells version and start, and what is not told stays', async () => {
    const data = {
      startTime: 'datetime/2026-11-22 00:00:01.500000',
      sw_version: '0.5.9',
      commit_stamp: 'abc',
      commands: [
        { command: 'REPORT_WORKER_STATS:X', computingSite: 'X', resourceType: 'SCORE' },
        { nonsense: 1 },
        null,
      ],
      unknown: { ignored: true },
    };
    await pilot.post('harvester/heartbeat', { harvester_id: 'told', data });
    await pilot.post('harvester/heartbeat', { harvester_id: 'told', data: { sw_version: null } });
    const [row] = await db.sql`select * from panda.harvester where harvester_id = 'told'`;
    expect(row).toMatchObject({
      softwareVersion: '0.5.9',
      commitStamp: 'abc',
      startedAt: new Date('2026-11-22T00:00:01.500Z'),
      owner: 'harvester',
      host: '127.0.0.1',
      commands: [{ command: 'REPORT_WORKER_STATS:X', computingSite: 'X', resourceType: 'SCORE' }],
    });
  });

  test('with data that is no JSON is refused, and odd data is taken without it', async () => {
    const beat = (data: string) => pilot.legacy('harvesterIsAlive', { harvesterID: 'odd', data });
    expect(await beat('[')).toEqual([false, 'failed to load JSON']);
    expect(await beat('{"commands":7,"startTime":{}}')).toEqual([true, 'no instance record']);
    for (const data of ['"text"', '[1]', 'null']) expect(await beat(data)).toEqual([true, 'succeeded']);
  });
});

describe('orders', () => {
  async function order(harvesterId: string, ...commands: string[]): Promise<void> {
    await addCommands(
      db.sql,
      commands.map((command) => ({ harvesterId, command, params: { n: command }, by: 'test' })),
    );
  }

  async function statusesOf(harvesterId: string): Promise<string[]> {
    const rows = await db.sql<{ status: string }[]>`
      select status from panda.harvester_command where harvester_id = ${harvesterId} order by command_id`;
    return rows.map(({ status }) => status);
  }

  test('are taken oldest first, once, and acknowledged', async () => {
    await order('h1', 'A', 'B', 'C');
    const { data } = await pilot.post('harvester/acquire_commands', { harvester_id: 'h1', n_commands: 2 });
    const taken = data as Record<string, unknown>[];
    expect(taken).toEqual([
      {
        command_id: expect.any(Number),
        command: 'A',
        params: { n: 'A' },
        ack_requested: 0,
        creation_date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/),
      },
      expect.objectContaining({ command: 'B' }),
    ]);
    expect(await statusesOf('h1')).toEqual(['retrieved', 'retrieved', 'new']);
    const command_ids = taken.map(({ command_id }) => command_id);
    expect(await pilot.post('harvester/acknowledge_commands', { command_ids })).toMatchObject({
      success: true,
    });
    expect(await statusesOf('h1')).toEqual(['acknowledged', 'acknowledged', 'new']);
  });

  test('come with a code to the legacy calls', async () => {
    await order('h2', 'A');
    const answer = await pilot.legacy('getCommands', { harvester_id: 'h2', n_commands: 5 });
    expect(answer).toMatchObject({ StatusCode: 0, Returns: 0, Commands: [{ command: 'A' }] });
    const [{ command_id: id }] = (answer as { Commands: [{ command_id: number }] }).Commands;
    expect(await pilot.legacy('ackCommands', { command_ids: [id, 'x', -1, 10 ** 18] })).toEqual({
      StatusCode: 0,
      Returns: 0,
    });
    expect(await statusesOf('h2')).toEqual(['acknowledged']);
    expect(await pilot.legacy('getCommands', { harvester_id: 'h2', n_commands: 5 })).toMatchObject({
      Commands: [],
    });
  });

  test('go to one of two that ask at once', async () => {
    await order('h3', ...Array.from({ length: 40 }, (_, at) => `C${at}`));
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        pilot.post('harvester/acquire_commands', { harvester_id: 'h3', n_commands: 10 }),
      ),
    );
    const names = answers.flatMap(({ data }) =>
      (data as { command: string }[]).map(({ command }) => command),
    );
    expect(new Set(names).size).toBe(40);
    expect(names).toHaveLength(40);
  });

  test('are for pilots only', async () => {
    const body = { harvester_id: 'h1', n_commands: 1 };
    expect(await user.post('harvester/acquire_commands', body)).toMatchObject({
      success: false,
      message: role,
    });
    expect(await nobody.legacy('getCommands', body)).toMatchObject({ StatusCode: 60 });
    expect(await user.legacy('ackCommands', { command_ids: [1] })).toMatchObject({ StatusCode: 60 });
    expect(await statusesOf('h1')).toContain('new');
  });

  test.each([
    ['harvester/acquire_commands', { harvester_id: 'h1', n_commands: -1 }, 'n_commands must be a number'],
    ['harvester/acquire_commands', { harvester_id: '', n_commands: 1 }, 'harvester_id must have'],
    [
      'harvester/acquire_commands',
      { harvester_id: 'h1' },
      "Argument error: missing a required argument: 'n_commands'",
    ],
    [
      'harvester/acknowledge_commands',
      { command_ids: {} },
      "Type error: 'command_ids' must be of type list, got dict.",
    ],
    ['harvester/acknowledge_commands', { command_ids: Array(20_000).fill(1) }, 'one message may have 10000'],
  ])('%s refuses %j', async (path, body, message) => {
    expect(await pilot.post(path, body)).toMatchObject({
      success: false,
      message: expect.stringContaining(message),
    });
  });
});

describe('sweeping a queue', () => {
  const sweep = {
    panda_queue: 'SWEPT',
    status_list: ['submitted'],
    ce_list: ['ce1.example.org', 'elsewhere.example.org'],
    submission_host_list: ['host1'],
  };

  test('orders its Harvester to kill, at the computing elements that are there', async () => {
    expect(await producer.post('harvester/add_sweep_command', sweep)).toMatchObject({
      success: true,
      message: '',
    });
    const { data } = await pilot.post('harvester/acquire_commands', {
      harvester_id: 'central',
      n_commands: 9,
    });
    expect(data).toEqual([
      expect.objectContaining({
        command: 'KILL_WORKERS',
        params: {
          status: ['submitted'],
          computingSite: ['SWEPT'],
          computingElement: ['ce1.example.org'],
          submissionHost: ['host1'],
        },
      }),
    ]);
  });

  test('takes ALL in the legacy call, and stands in the audit trail', async () => {
    const fields = {
      panda_queue: '"SWEPT"',
      status_list: '"ALL"',
      ce_list: '"ALL"',
      submission_host_list: '"ALL"',
    };
    expect(await producer.legacy('sweepPQ', fields)).toEqual([true, 'OK']);
    const trail = await db.sql`select actor from core.audit where action = 'panda.queue-swept'`;
    expect(trail.map(({ actor }) => actor)).toContain('producer');
  });

  test('says what is wrong with the queue', async () => {
    expect(
      await producer.post('harvester/add_sweep_command', { ...sweep, panda_queue: 'NOWHERE' }),
    ).toMatchObject({
      success: false,
      message: 'Error retrieving queue configuration from DB',
    });
    expect(
      await producer.post('harvester/add_sweep_command', { ...sweep, panda_queue: 'UNSERVED' }),
    ).toMatchObject({
      success: false,
      message: 'Queue not served by any harvester ID',
    });
    expect(await producer.post('harvester/add_sweep_command', { ...sweep, ce_list: [1] })).toMatchObject({
      success: false,
    });
  });

  test('is not for managers of another VO', async () => {
    const needed = 'production role of the VO belle required';
    const foreign = { ...sweep, panda_queue: 'OF-BELLE' };
    expect(await ofAtlas.post('harvester/add_sweep_command', foreign)).toMatchObject({ message: needed });
    expect(
      await ofAtlas.post('harvester/add_target_slots', { panda_queue: 'OF-BELLE', slots: 1 }),
    ).toMatchObject({
      message: needed,
    });
    expect(await producer.post('harvester/add_sweep_command', foreign)).toMatchObject({ success: true });
    expect(await ofAtlas.post('harvester/add_sweep_command', sweep)).toMatchObject({ success: true });
  });

  test('is not for pilots and users', async () => {
    for (const caller of [pilot, user]) {
      expect(await caller.post('harvester/add_sweep_command', sweep)).toMatchObject({
        success: false,
        message: role,
      });
      expect(await caller.legacy('sweepPQ', sweep)).toEqual([false, role]);
    }
  });
});

describe('target slots', () => {
  async function slotsOf(): Promise<unknown[]> {
    const rows = await db.sql`
      select share, resource_type, slots from panda.target_slots where queue = 'SWEPT' order by 1, 2`;
    return [...rows];
  }

  test('are set, replaced and taken back', async () => {
    expect(await producer.post('harvester/add_target_slots', { panda_queue: 'SWEPT', slots: 100 })).toEqual({
      success: true,
      message: 'set numSlots=100 for PQ=SWEPT gshare=None resource=None',
      data: null,
    });
    const fields = {
      pandaQueueName: 'SWEPT',
      numSlots: '20',
      gshare: 'Test',
      resourceType: 'MCORE',
      validPeriod: '3',
    };
    expect(await producer.legacy('setNumSlotsForWP', fields)).toEqual([
      0,
      'set numSlots=20 for PQ=SWEPT gshare=Test resource=MCORE',
    ]);
    await producer.post('harvester/add_target_slots', { panda_queue: 'SWEPT', slots: 7 });
    expect(await slotsOf()).toEqual([
      { share: '', resourceType: '', slots: 7 },
      { share: 'Test', resourceType: 'MCORE', slots: 20 },
    ]);
    const [row] = await db.sql`select expires_at > clock_timestamp() + interval '2 days 23 hours' as later,
      modified_by from panda.target_slots where share = 'Test'`;
    expect(row).toEqual({ later: true, modifiedBy: 'producer' });
    await producer.post('harvester/add_target_slots', { panda_queue: 'SWEPT', slots: -1 });
    expect(await slotsOf()).toHaveLength(1);
  });

  test.each([
    [{ panda_queue: 'SWEPT', slots: -2 }, 'slots must be a number from -1'],
    [{ panda_queue: 'SWEPT', slots: 1e12 }, 'slots must be a number from -1'],
    [{ panda_queue: 'NOWHERE', slots: 1 }, 'there is no queue NOWHERE'],
    [{ panda_queue: 'SWEPT', slots: 1, expiration_date: 'soon' }, 'the expiration must be'],
    [{ panda_queue: 'SWEPT', slots: '1' }, "Type error: 'slots' must be of type int, got str."],
  ])('are refused for %j', async (body, message) => {
    expect(await producer.post('harvester/add_target_slots', body)).toMatchObject({
      success: false,
      message: expect.stringContaining(message),
    });
  });

  test('are set by managers', async () => {
    const fields = { pandaQueueName: 'SWEPT', numSlots: 1 };
    expect(await nobody.legacy('setNumSlotsForWP', fields)).toEqual([
      100,
      'SSL secure connection is required',
    ]);
    expect(await pilot.legacy('setNumSlotsForWP', fields)).toEqual([
      101,
      'production role is required in the certificate',
    ]);
    expect(await producer.legacy('setNumSlotsForWP', { ...fields, numSlots: 'x' })).toEqual([
      102,
      'numSlots must be int',
    ]);
  });
});
