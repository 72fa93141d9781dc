import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { AppError } from '../../core/errors.ts';
import { plainOf, readPickle, renderPickle, SpecObject } from '../front/pickle/index.ts';
import { panda } from '../index.ts';
import { forgetQueues } from '../queues/queues.ts';
import { findJobStory } from './index.ts';
import { fileAttributes, jobAttributes } from './job-attributes.ts';
import { readJobState } from './read-job-state.ts';

const server = await testServer([panda], { role: 'web' });
const { core } = server;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  await core.db.sql`
    insert into panda.queue (queue, site, status, status_by, document)
    values ('TEST_PQ', 'TEST', 'online', 'test', '{"nickname": "TEST_PQ"}')`;
  forgetQueues(core);
  const actor = { name: 'test' };
  for (const [name, role] of [
    ['ann', 'user'],
    ['pia', 'panda.pilot'],
    ['pro', 'panda.production'],
    ['atl', 'panda.production:atlas'],
    ['two', 'user,panda.production:atlas'],
  ] as const) {
    await createAccount(core.auth.context, actor, { name, roles: role.split(',') });
    tokens[name] = await createToken(core.auth.context, actor, { user: name });
  }
});

function aState(change: Record<string, unknown> = {}, files: unknown[] = [aFileState()]): unknown[] {
  const values: Record<string, unknown> = {
    jobDefinitionID: 1,
    creationHost: 'submithost',
    transformation: 'https://example.org/x.sh',
    prodSourceLabel: 'user',
    currentPriority: 100,
    jobName: 'rig',
    computingSite: 'TEST_PQ',
    jobParameters: 'a b',
    destinationDBlock: 'rig.x',
    destinationSE: 'local',
    ...change,
  };
  return [...jobAttributes.map((name) => values[name] ?? 'NULL'), files];
}

function aFileState(change: Record<string, unknown> = {}): unknown[] {
  const values: Record<string, unknown> = {
    lfn: 'x.log.tgz',
    type: 'log',
    dataset: 'rig.x',
    destinationDBlock: 'rig.x',
    ...change,
  };
  return fileAttributes.map((name) => values[name] ?? 'NULL');
}

async function submit(jobs: unknown, token = tokens.ann): Promise<Record<string, unknown>> {
  const answer = await fetch(`${server.address}/api/v1/job/submit`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jobs: typeof jobs === 'string' ? jobs : JSON.stringify(jobs) }),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>;
}

test('a client submits jobs as lists of values and is told their numbers', async () => {
  const input = aFileState({ lfn: 'in.root', type: 'input', fsize: 7, md5sum: 'f'.repeat(32), GUID: 'g' });
  const output = aFileState({ lfn: 'out', type: 'output', destinationDBlockToken: 'dst:DISK' });
  const answer = await submit([aState({ jobsetID: 5 }), aState({}, [input, output, aFileState()])]);
  expect(answer).toMatchObject({ success: true, message: '' });
  const data = answer.data as [[number, number, unknown], [number, number, unknown]];
  expect(data.map((one) => one.slice(1))).toEqual([
    [1, { jobsetID: 5 }],
    [1, { jobsetID: null }],
  ]);
  const story = await findJobStory(core.db.sql, data[1][0]);
  expect(story?.job).toMatchObject({
    status: 'defined',
    queue: 'TEST_PQ',
    owner: 'ann',
    name: 'rig',
    // What the client asked for is a production role's to ask.
    assignedPriority: 1000,
  });
  expect(story?.files).toMatchObject([
    { lfn: 'in.root', type: 'input', sizeBytes: 7, checksum: `md5:${'f'.repeat(32)}`, guid: 'g' },
    { lfn: 'out', type: 'output', endpoint: 'DISK' },
    { lfn: 'x.log.tgz', type: 'log', dataset: 'rig.x', attributes: { destinationDBlock: 'rig.x' } },
  ]);
});

test('a client of an older version knows fewer attributes', async () => {
  const older = aState();
  older.splice(120, older.length - 121);
  expect(await submit([older])).toMatchObject({ success: true });
});

test('nobody submits jobs of a VO that is not theirs', async () => {
  const managed = { prodSourceLabel: 'managed', VO: 'local' };
  const message = 'atl may not submit jobs of the VO local';
  expect(await submit([aState({ VO: 'local' })], tokens.atl)).toMatchObject({ success: false, message });
  expect(await submit([aState(managed)], tokens.atl)).toMatchObject({ success: false, message });
  expect(await submit([aState({ ...managed, VO: 'atlas' })], tokens.atl)).toMatchObject({ success: true });
});

test('a production role submits production jobs with the priority it asks for', async () => {
  const answer = await submit([aState({ prodSourceLabel: 'managed' })], tokens.pro);
  const [[jobId]] = answer.data as [[number]];
  expect((await findJobStory(core.db.sql, jobId))?.job).toMatchObject({ label: 'managed', priority: 100 });
});

test('an account whose production role is of one VO has it for no other VO, named or not', async () => {
  // Jobs without a VO are of the first one of the server.
  const unnamed = await submit([aState({ prodSourceLabel: 'managed' })], tokens.atl);
  expect(unnamed).toMatchObject({ success: false, message: 'atl may not submit jobs of the VO local' });
  const mixed = [aState({ VO: 'atlas' }), aState({ VO: 'local' })];
  expect(await submit(mixed, tokens.two)).toMatchObject({ success: true });
  const [job] = await core.db.sql`select priority from panda.job order by job_id desc limit 1`;
  expect(job).toEqual({ priority: 1000 });
  const managed = mixed.map((state) => state.with(jobAttributes.indexOf('prodSourceLabel'), 'managed'));
  expect(await submit(managed, tokens.two)).toMatchObject({ success: false });
});

function aPickledJob(state: readonly unknown[]): SpecObject {
  const job = new SpecObject('JobSpec');
  const files = state.at(-1) as unknown[][];
  job.state = [...state.slice(0, -1), files.map((file) => new SpecObject('FileSpec', [...file, job]))];
  return job;
}

async function legacySubmit(jobs: string, token = tokens.ann): Promise<string> {
  const answer = await fetch(`${server.address}/server/panda/submitJobs`, {
    method: 'POST',
    headers: token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` },
    body: new URLSearchParams({ jobs }),
  });
  return await answer.text();
}

test('an old client submits jobs pickled or as JSON, and is told their numbers in a pickle', async () => {
  const state = aState({ jobsetID: 5, jobName: 'Grüße' });
  for (const jobs of [renderPickle([aPickledJob(state)]), JSON.stringify([state])]) {
    const answer = plainOf(readPickle(Buffer.from(await legacySubmit(jobs))));
    expect(answer).toEqual([[expect.any(Number), 1, { jobsetID: 5 }]]);
    const [[jobId]] = answer as [[number]];
    const story = await findJobStory(core.db.sql, jobId);
    expect(story?.job).toMatchObject({ status: 'defined', name: 'Grüße', owner: 'ann' });
    expect(story?.files).toMatchObject([{ lfn: 'x.log.tgz', type: 'log' }]);
  }
});

const legacyRefusals: ReadonlyArray<[string, string, string, string]> = [
  ['no identity', '(l.', '', 'False'],
  ['no jobs', '(l.', 'ann', 'ERROR: No jobs were submitted'],
  ['no field', '', 'ann', 'ERROR: Failed to deserialize jobs: The pickle ends before its end.'],
  ['a number', 'I7\n.', 'ann', 'ERROR: Failed to deserialize jobs: jobs is not a list.'],
  [
    'a command',
    'cos\nsystem\n(Vx\ntR.',
    'ann',
    'ERROR: Failed to deserialize jobs: The pickle names os.system',
  ],
  ['a list of numbers', '(lI7\na.', 'ann', 'ERROR: A job is a list of values.'],
  [
    'production',
    renderPickle([aPickledJob(aState({ prodSourceLabel: 'managed' }))]),
    'ann',
    'ERROR: ann is missing',
  ],
];

test.for(legacyRefusals)('%s is refused in a text', async ([, jobs, who, sentence]) => {
  expect(await legacySubmit(jobs, tokens[who] ?? '')).toContain(sentence);
});

const refusals: ReadonlyArray<[string, unknown, string, string]> = [
  ['no identity', [aState()], '', 'SSL secure connection is required'],
  ['a pilot', [aState()], 'pia', 'pia may not submit jobs'],
  ['no JSON', '[', 'ann', 'Failed to deserialize jobs'],
  ['no list', {}, 'ann', 'Failed to deserialize jobs'],
  ['nothing', [], 'ann', 'No jobs were submitted'],
  ['too many', Array.from({ length: 5001 }, () => 0), 'ann', '5001 jobs are too many'],
  ['a job that is no list', [{}], 'ann', 'A job is a list of values'],
  ['a list that is no job', [[1, 2, []]], 'ann', 'is no job'],
  ['a file that is no list', [aState({}, [7])], 'ann', 'A file is a list of values'],
  ['a file of no type', [aState({}, [aFileState({ type: 'x' })])], 'ann', 'of the type x'],
  ['a file without a name', [aState({}, [aFileState({ lfn: 'NULL' })])], 'ann', 'no name'],
  ['production', [aState({ prodSourceLabel: 'managed' })], 'ann', 'is missing production'],
  ['a label that is none', [aState({ job_label: 'x' })], 'ann', 'job_label=x is not valid'],
  ['a queue that is none', [aState({ computingSite: 'NOWHERE' })], 'ann', 'There is no queue'],
  ['a zero among the attributes', [aState({ AtlasRelease: 'a\0b' })], 'ann', 'AtlasRelease must be'],
  ['half a pair among the attributes', [aState({ cloud: { deep: ['\ud800'] } })], 'ann', 'cloud must be'],
  ['half a pair in a name', [aState({ jobName: '\ud800' })], 'ann', 'jobName must be'],
  ['half a pair in a key', [aState({ cloud: { '\udfff': 1 } })], 'ann', 'cloud must be'],
  ['half a pair in a file', [aState({}, [aFileState({ dataset: '\ud800' })])], 'ann', 'dataset must be'],
  ['half a pair in the name of a file', [aState({}, [aFileState({ lfn: '\ud800' })])], 'ann', 'lfn must be'],
  ['memory that is none', [aState({ minRamCount: 'much' })], 'ann', 'minRamCount must be a number'],
];

test.for(refusals)('%s is refused in the envelope and nothing is stored', async ([, jobs, who, message]) => {
  const [before] = await core.db.sql`select count(*) as n from panda.job`;
  const answer = await submit(jobs, tokens[who] ?? '');
  expect(answer).toMatchObject({ success: false, message: expect.stringContaining(message) as string });
  expect((await core.db.sql`select count(*) as n from panda.job`)[0]).toEqual(before);
});

test('no list of values does anything but make a job or be refused with a sentence', () => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.constant('NULL'), fc.constant(null), fc.json());
  const files = fc.array(fc.array(value, { maxLength: 22 }), { maxLength: 3 });
  const state = fc.array(value, { minLength: 70, maxLength: 130 });
  fc.assert(
    fc.property(state, files, (values, list) => {
      try {
        readJobState([...values, list]);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        expect((error as AppError).code).toBe('panda.job-invalid');
      }
    }),
  );
});
