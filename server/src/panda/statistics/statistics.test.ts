import { beforeAll, describe, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { pandaCalls } from '../../../../test/support/panda-http.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { endJobs } from '../jobs/archive.store.ts';
import { foldOutcomes } from '../jobs/tally.store.ts';
import { forgetQueues, putQueue } from '../queues/queues.ts';

const server = await testServer([panda]);
const { core } = server;
const { db } = core;
const nobody = await pandaCalls(server, 'nobody');
const user = await pandaCalls(server, 'somebody', 'user');

async function end(jobId: number, status: 'finished' | 'failed'): Promise<void> {
  await db.transaction((tx) => endJobs(tx, [{ jobId, status, why: 'test', by: 'test' }]));
}

beforeAll(async () => {
  await putQueue(core, { name: 'test' }, { nickname: 'A', copytools: { mv: {} }, cloud: 'DE' });
  forgetQueues(core);
  await aJob(db, { queue: 'A', status: 'running', label: 'managed', resourceType: 'MCORE' });
  await aJob(db, { queue: 'A', status: 'running', label: 'user' });
  await aJob(db, { queue: 'A', status: 'activated', label: 'user' });
  await aJob(db, { queue: 'B', status: 'merging', label: 'ptest' });
  await aJob(db, { queue: 'B', status: 'transferring', label: 'ptest' });
  const finished = await aJob(db, { queue: 'A', status: 'holding', label: 'user' });
  const failed = await aJob(db, { queue: 'B', status: 'holding', label: 'managed', resourceType: 'MCORE' });
  await end(finished.jobId, 'finished');
  await db.transaction(foldOutcomes);
  await end(failed.jobId, 'failed');
});

test('live jobs by queue are without those that wait for their merge job', async () => {
  expect(await nobody.get('statistics/active_job_stats_by_site')).toEqual({
    success: true,
    message: '',
    data: {
      A: { activated: 1, running: 2, assigned: 0 },
      B: { transferring: 1, assigned: 0, activated: 0, running: 0 },
    },
  });
  expect(await nobody.legacy('getJobStatisticsPerSite')).toContain('VA\n(dV');
  expect((await nobody.get('statistics/active_job_detailed_stats_by_site')).data).toEqual({
    A: {
      MCORE: { managed: { running: 1, activated: 0, assigned: 0 } },
      SCORE: { user: { running: 1, activated: 1, assigned: 0 } },
    },
    B: { SCORE: { ptest: { transferring: 1, running: 0, activated: 0, assigned: 0 } } },
  });
});

test('jobs that have ended count with the live ones, folded in or not', async () => {
  const { data } = await nobody.get('statistics/job_stats_by_site_and_resource_type');
  expect(data).toEqual({
    A: {
      MCORE: { running: 1, assigned: 0, activated: 0, finished: 0, failed: 0 },
      SCORE: { activated: 1, finished: 1, running: 1, assigned: 0, failed: 0 },
    },
    B: {
      MCORE: { failed: 1, assigned: 0, activated: 0, running: 0, finished: 0 },
      SCORE: { merging: 1, transferring: 1, assigned: 0, activated: 0, running: 0, finished: 0, failed: 0 },
    },
  });
  const labels = await nobody.get('statistics/job_stats_by_site_share_and_resource_type', {
    time_window: '60',
  });
  expect(labels.data).toMatchObject({
    A: { user: { SCORE: { finished: 1, running: 1 } }, managed: { MCORE: { running: 1 } } },
    B: { managed: { MCORE: { failed: 1 } } },
  });
  expect(await nobody.legacy('get_job_statistics_per_site_label_resource', { time_window: 60 })).toEqual(
    labels.data,
  );
});

test('jobs that ended before the window do not count', async () => {
  await db.sql`update panda.outcome set hour = hour - interval '2 hours' where status = 'finished'`;
  const { data } = await nobody.get('statistics/job_stats_by_site_share_and_resource_type', {
    time_window: '30',
  });
  expect(data).toMatchObject({
    A: { user: { SCORE: { finished: 0 } } },
    B: { managed: { MCORE: { failed: 1 } } },
  });
  const wider = await nobody.get('statistics/job_stats_by_site_share_and_resource_type', {
    time_window: '180',
  });
  expect(wider.data).toMatchObject({ A: { user: { SCORE: { finished: 1 } } } });
});

describe('by cloud', () => {
  test('users and production are told apart, and a queue without a cloud is unknown', async () => {
    expect((await nobody.get('statistics/job_stats_by_cloud')).data).toEqual({
      DE: { running: 1 },
      unknown: { merging: 1, transferring: 1, failed: 1 },
    });
    expect((await nobody.get('statistics/job_stats_by_cloud', { type: 'analysis' })).data).toEqual({
      DE: { running: 1, activated: 1, finished: 1 },
    });
    expect((await nobody.get('statistics/job_stats_by_cloud', { type: 'both' })).message).toContain('"type"');
  });

  test('processing types stand together and say so', async () => {
    const answer = await nobody.get('statistics/production_job_stats_by_cloud_and_processing_type');
    expect(answer.message).toContain('under "all"');
    expect(answer.data).toMatchObject({ DE: { all: { running: 1 } } });
  });
});

test.each([
  ['-1', 'Parameter "time_window"'],
  ['10081', 'Parameter "time_window"'],
  ['99999999999999', 'Parameter "time_window"'],
  ['abc', "Type error: 'time_window' must be of type int, got str."],
])('the window %s is refused', async (time_window, message) => {
  for (const method of ['job_stats_by_site_and_resource_type', 'job_stats_by_site_share_and_resource_type']) {
    expect(await user.get(`statistics/${method}`, { time_window })).toMatchObject({
      success: false,
      message: expect.stringContaining(message),
    });
  }
  expect(await user.legacy('get_job_statistics_per_site_label_resource', { time_window })).toEqual({});
});

test.each(['0', '10080', 'None', '60.0'])('the window %s is taken', async (time_window) => {
  const answer = await user.get('statistics/job_stats_by_site_and_resource_type', { time_window });
  expect(answer.success).toBe(true);
});
