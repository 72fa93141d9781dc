import { expect, onTestFinished, test } from 'vitest';
import { directConnection } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { connect } from '../../core/db/index.ts';
import { panda } from '../index.ts';

const server = await testServer([panda]);
const { db } = server.core;

test('reports that meet a database whose connections die are answered when they are stored, not refused', async () => {
  await server.core.queue.pause('panda.add-output');
  const pilot = await aPilot(server);
  const jobs = await Promise.all(Array.from({ length: 30 }, () => aJob(db, { status: 'running' })));
  const admin = connect({ ...directConnection('postgres'), max: 1, name: 'outage' });
  onTestFinished(() => admin.end());
  let killed = 0;
  const cutAll = async (): Promise<void> => {
    const cut = await admin`
      select pg_terminate_backend(pid) from pg_stat_activity where datname = ${server.database}`;
    killed += cut.length;
  };
  const cutting = (async () => {
    const until = performance.now() + 1500;
    while (performance.now() < until) await cutAll();
  })();
  const answers = await Promise.all(
    jobs.map(async ({ jobId }) => [
      await pilot.call('updateJob', { jobId, state: 'running', maxRSS: 4711 }),
      await pilot.call('updateJob', { jobId, state: 'finished', xml: '{}' }),
    ]),
  );
  await cutting;
  expect(killed).toBeGreaterThan(0);
  // A final report whose answer was lost with its connection is taken the second time, as one that is repeated.
  for (const { command } of answers.flat()) expect(['NULL', 'alreadydone']).toContain(command);
  // The last cut may only now arrive at the connection that asks.
  await eventually(async () => {
    const [stored] = await db.sql`
      select count(*)::int as finals, count(*) filter (where h.max_rss_kb = 4711)::int as beats
      from panda.job j join panda.output_report r using (job_id) join panda.heartbeat h using (job_id)
      where j.reported and j.status = 'holding'`;
    expect(stored).toEqual({ finals: 30, beats: 30 });
  });
}, 60_000);
