import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';

const server = await testServer([panda], { 'panda.dispatch.sloppyPercent': '99' });
const { db } = server.core;

test('a pilot that is served sloppily gets the oldest job that fits, whatever shares and priorities say', async () => {
  const pilot = await aPilot(server);
  const make = (share: string, priority: number, memoryMb = 0) =>
    aJob(db, { queue: 'OLD', share, priority, memoryMb });
  await make('Test', 9000, 4000);
  const oldest = await make('Undefined', 1);
  const second = await make('Production', 5);
  await make('Test', 9000);
  const ask = { siteName: 'OLD', prodSourceLabel: 'user', mem: 2000 };
  expect(await pilot.call('getJob', ask)).toMatchObject({ PandaID: oldest.jobId });
  expect(await pilot.call('getJob', { ...ask, nJobs: 2 })).toMatchObject({
    jobs: [{ PandaID: second.jobId }, { currentPriority: 9000 }],
  });
});
