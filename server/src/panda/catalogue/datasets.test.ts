import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { findJobStory } from '../submit/index.ts';
import { activateArrived, closeDatasets, finishTransferred } from './datasets.schedule.ts';

const { core } = await testServer([panda], { role: 'web' });
const { sql } = core.db;

async function aDataset(
  name: string,
  state = 'open',
  age = '2 minutes',
  taskId: number | null = null,
): Promise<void> {
  await sql`
    insert into panda.dataset (name, kind, type, state, task_id, modified_at)
    values (${name}, 'dataset', 'output', ${state}, ${taskId}, clock_timestamp() - ${age}::interval)`;
}

async function stateOf(name: string): Promise<string | undefined> {
  const [row] = await sql<{ state: string }[]>`select state from panda.dataset where name = ${name}`;
  return row?.state;
}

async function aFile(
  jobId: number,
  type: string,
  status: string,
  more: { dataset?: string; block?: string } = {},
) {
  const attributes = more.block === undefined ? {} : { dispatchDBlock: more.block };
  await sql`
    insert into panda.file (job_id, ordinal, type, lfn, status, dataset, attributes) values
      (${jobId}, 0, ${type}, ${`${type}.${status}`}, ${status}, ${more.dataset ?? null}, ${JSON.stringify(attributes)}::text::jsonb)`;
}

async function statusOf(jobId: number): Promise<string> {
  return (await findJobStory(sql, jobId))?.job.status ?? 'none';
}

test('a dataset is closed when all its jobs are done and nothing was added for a minute', async () => {
  const { jobId } = await aJob(core.db, { status: 'holding' });
  await aDataset('complete');
  await aFile(jobId, 'output', 'ready', { dataset: 'complete/' });
  await aDataset('at-work');
  await aFile(jobId, 'log', 'defined', { dataset: 'at-work' });
  await aDataset('busy', 'open', '5 seconds');
  await aDataset('forgotten', 'open', '4 days');
  await aDataset('of-a-task', 'open', '2 minutes', 10_000_001);
  expect(await closeDatasets(core)).toBe(1);
  expect(await closeDatasets(core)).toBe(0);
  const names = ['complete', 'at-work', 'busy', 'forgotten', 'of-a-task'];
  expect(await Promise.all(names.map(stateOf))).toEqual(['closed', 'open', 'open', 'open', 'open']);
});

test('a job is activated when every block that it waits for is closed', async () => {
  await aDataset('block.here', 'closed');
  await aDataset('block.coming');
  const [ready, coming, unknown] = await Promise.all(
    [1, 2, 3].map(() => aJob(core.db, { status: 'assigned' })),
  );
  if (ready === undefined || coming === undefined || unknown === undefined) throw new Error('no jobs');
  await aFile(ready.jobId, 'input', 'ready', { block: 'block.here' });
  await aFile(coming.jobId, 'input', 'ready', { block: 'block.coming' });
  await aFile(unknown.jobId, 'input', 'ready', { block: 'block.unknown' });
  expect(await activateArrived(core)).toBe(1);
  expect(await activateArrived(core)).toBe(0);
  expect(await Promise.all([ready, coming, unknown].map(({ jobId }) => statusOf(jobId)))).toEqual([
    'activated',
    'assigned',
    'assigned',
  ]);
  const [spec] = await sql`select document from panda.job_spec where job_id = ${ready.jobId}`;
  expect(spec?.document).toContain(`"PandaID":${ready.jobId}`);
});

test('a job whose outputs have all arrived has finished', async () => {
  const [arrived, onTheWay, byPilot] = await Promise.all(
    [1, 2, 3].map(() => aJob(core.db, { status: 'transferring' })),
  );
  if (arrived === undefined || onTheWay === undefined || byPilot === undefined) throw new Error('no jobs');
  await aFile(arrived.jobId, 'output', 'ready');
  await aFile(arrived.jobId, 'log', 'nooutput');
  await aFile(onTheWay.jobId, 'output', 'transferring');
  await aFile(byPilot.jobId, 'output', 'ready');
  await sql`update panda.job set set_by_pilot = true where job_id = ${byPilot.jobId}`;
  expect(await finishTransferred(core)).toBe(1);
  expect(await finishTransferred(core)).toBe(0);
  expect(await Promise.all([arrived, onTheWay, byPilot].map(({ jobId }) => statusOf(jobId)))).toEqual([
    'finished',
    'transferring',
    'transferring',
  ]);
});
