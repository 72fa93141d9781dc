import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { uws } from '../index.ts';

const { address, routes } = await testServer([uws]);

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${address}${path}`, { redirect: 'manual', ...init });

test.each([
  ['/jobs/hello', '/ui/services/hello/jobs'],
  ['/jobs/hello/', '/ui/services/hello/jobs'],
  ['/jobs/all', '/ui/services/jobs'],
  ['/job_execute', '/ui/services'],
  ['/job_execute/', '/ui/services'],
  ['/job_execute/hello', '/ui/services/hello'],
  ['/job_execute/all', '/ui/services'],
  ['/job_form/hello', '/ui/services/hello'],
  ['/job_form/hello?NAME=Ada%20%26%20co&x=%3C1%3E+2', '/ui/services/hello?NAME=Ada%20%26%20co&x=%3C1%3E+2'],
  ['/job_edit/hello/d60d31', '/ui/services/hello/jobs/d60d31'],
  ['/job_definition', '/ui/services'],
  ['/job_definition/hello', '/ui/services/hello'],
  ['/job_definition/tmp/hello', '/ui/services/hello'],
  ['/accounts/login?next=/x', '/ui/sign-in?next=/x'],
  ['/accounts/oidc/callback', '/ui/sign-in'],
  ['/accounts/profile', '/ui/account'],
  ['/accounts', '/ui/account'],
  ['/admin/server_jobs', '/ui/services'],
  ['/admin/preferences', '/ui/admin/capacity'],
  ['/admin/', '/ui/admin/capacity'],
])('the page %s of the web client is now %s', async (old, now) => {
  const answer = await ask(old);
  expect([answer.status, answer.headers.get('location')]).toEqual([302, `${address}${now}`]);
});

test.each([
  '/jobs/%2f%2fevil.example',
  '/job_form/..%2f..%2f',
  '/job_edit/%0d%0aX:y/a',
  '/job_execute/%22%3E',
])('whatever stands in the address, %s leads to a page of ours', async (path) => {
  const answer = await ask(path);
  expect(answer.status).toBe(302);
  expect(answer.headers.get('location')).toMatch(new RegExp(`^${address}/ui/services/[^/"\\s]+`));
});

test('addresses of other services are not taken: /jobs/ and /job without a name, and events of SLURM', async () => {
  for (const path of ['/jobs', '/jobs/', '/job', '/job/', '/job?json']) {
    expect([path, (await ask(path)).status]).toEqual([path, 404]);
  }
  expect((await ask('/handler/job_event', { method: 'POST', body: 'jobid=1&phase=RUNNING' })).status).toBe(
    404,
  );
});

test('the pages redirect and nothing else: they are read-only and open to all', () => {
  const rows = routes.rows.filter((row) => row.family === 'OPUS pages');
  expect(rows.length).toBeGreaterThan(9);
  for (const row of rows) expect([row.url, row.method, row.permission]).toEqual([row.url, 'GET', 'public']);
});
