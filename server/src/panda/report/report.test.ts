import { beforeAll, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot, type TestPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';

const server = await testServer([panda]);
const { db } = server.core;
let pilot: TestPilot;

beforeAll(async () => {
  await server.core.queue.pause('panda.add-output');
  pilot = await aPilot(server);
});

const said = {
  node: 'worker1.example.org',
  schedulerID: 'unknown',
  pilotID: 'unknown|PR|3.11.5.1',
  coreCount: 1,
};

async function stateOf(jobId: number): Promise<Record<string, unknown> | undefined> {
  const [row] = await db.sql`select * from panda.job where job_id = ${jobId}`;
  return row;
}

test('a job goes from sent over starting and running to holding, with the files it wrote', async () => {
  const { jobId } = await aJob(db, { status: 'sent' });
  const report = {
    ...said,
    jobId: String(jobId),
    attemptNr: 1,
    startTime: 1795308086.068831,
    xml: '',
    metaData: '',
  };
  for (const state of ['starting', 'running', 'running']) {
    expect(await pilot.call('updateJob', { ...report, state })).toEqual({ StatusCode: 0, command: 'NULL' });
    expect(await stateOf(jobId)).toMatchObject({
      status: state,
      node: 'worker1.example.org',
      reported: false,
    });
  }
  const xml = JSON.stringify({ 'out.txt': { guid: 'A', fsize: 40, adler32: 'f9710a9b' } });
  const last = { ...report, state: 'finished', xml, pilotErrorCode: 0, pilotErrorDiag: '', transExitCode: 0 };
  expect(await pilot.call('updateJob', last)).toEqual({ StatusCode: 0, command: 'NULL' });
  expect(await stateOf(jobId)).toMatchObject({
    status: 'holding',
    reported: true,
    setByPilot: false,
    errors: null,
  });
  expect(
    await db.sql`select attempt, state, report from panda.output_report where job_id = ${jobId}`,
  ).toEqual([{ attempt: 1, state: 'finished', report: xml }]);
  const [task] = await server.core.queue.list({ kind: 'panda.add-output' });
  expect(task?.payload).toEqual({ jobId, attempt: 1 });
  expect(await pilot.call('updateJob', last)).toEqual({ StatusCode: 0, command: 'alreadydone' });
});

test('v1 takes the same report under its own names', async () => {
  const { jobId } = await aJob(db, { status: 'sent' });
  const values = {
    job_id: jobId,
    job_status: 'running',
    attempt_nr: 1,
    node: 'n1',
    max_rss: 1000,
    tot_rchar: 4096,
  };
  expect(await pilot.v1('pilot/update_job', values)).toEqual({
    success: true,
    message: '',
    data: { StatusCode: 0, command: 'NULL' },
  });
  expect(await stateOf(jobId)).toMatchObject({ status: 'running', node: 'n1' });
  const [beat] = await db.sql`select max_rss_kb, tot_rchar_kb from panda.heartbeat where job_id = ${jobId}`;
  expect(beat).toEqual({ maxRssKb: 1000, totRcharKb: 4 });
});
