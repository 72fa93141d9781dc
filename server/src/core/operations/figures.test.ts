import { expect, test } from 'vitest';
import { example } from '../../../../test/support/example-service/index.ts';
import { testServer } from '../../../../test/support/server.ts';

const { app, core } = await testServer([example]);

test('the figures of process, queue and database are there for Prometheus', async () => {
  const { body, headers } = await app.inject({ url: '/metrics' });
  expect(headers['content-type']).toContain('text/plain');
  for (const name of [
    'orrery_open_waits',
    'orrery_oldest_snapshot_seconds',
    'orrery_tasks{kind="example.count",state="dead"}',
    'orrery_resident_bytes',
  ]) {
    expect(body).toContain(name);
  }
});

test('figures are for loopback and operators', async () => {
  const far = { url: '/metrics', remoteAddress: '192.0.2.1' };
  expect((await app.inject(far)).json()).toMatchObject({ code: 'metrics.closed' });
});

test('a figure that cannot be read is left out, and the others are still there', async () => {
  await core.db.sql`alter table core.task rename to task_out_of_reach`;
  const { statusCode, body } = await app.inject({ url: '/metrics' });
  await core.db.sql`alter table core.task_out_of_reach rename to task`;
  expect(statusCode).toBe(200);
  expect(body).toContain('orrery_resident_bytes');
  expect(body).not.toContain('orrery_tasks{');
});
