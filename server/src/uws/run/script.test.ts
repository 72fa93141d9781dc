import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { installDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { findJob } from '../jobs/jobs.store.ts';
import { serviceOf } from '../service.ts';

const { core, address } = await testServer([uws], { 'compute.local.allowUnisolated': 'true' });
await createAccount(core.auth.context, { name: 'tester' }, { name: 'alice', roles: ['user'] });
const token = await createToken(core.auth.context, { name: 'tester' }, { user: 'alice' });
const headers = { authorization: `Bearer ${token}` };

async function run(name: string, script: string) {
  const definition = { name, script, results: [{ name: 'all', file: '*.txt' }] };
  await installDefinition(core.db, definition, 'tester', new Date());
  serviceOf(core).catalog.forget();
  const body = new URLSearchParams({ PHASE: 'RUN' });
  const made = await fetch(`${address}/rest/${name}`, { method: 'POST', body, headers, redirect: 'manual' });
  const href = made.headers.get('location') ?? '';
  for (let tries = 0; tries < 10; tries++) {
    const answer = await fetch(`${href}?WAIT=10`, { headers });
    const document = await answer.text();
    if (!/<uws:phase>(COMPLETED|ERROR|ABORTED)</.test(document)) continue;
    const job = await findJob(core.db.sql, href.split('/').at(-1) ?? '');
    if (job === null) throw new Error('the job is gone');
    const read = async (result: string) => (await fetch(`${href}/results/${result}`, { headers })).text();
    return { job, read, document };
  }
  throw new Error(`the job of ${name} did not end`);
}

test('a script of OPUS finds its functions and the name of its job', async () => {
  const { job, read } = await run(
    'words',
    `job_event EXECUTING "half way"
printf '%s %s' "$JOBID" "$JOBNAME" > said.txt`,
  );
  expect(job.phase).toBe('COMPLETED');
  expect(await read('said.txt')).toBe(`${job.jobId} words`);
});

test('error_handler ends the job with its text, also from a function and after more was printed', async () => {
  const { job } = await run(
    'gives-up',
    `trap 'echo the end >&2' EXIT
check() { error_handler "no catalogue
for $1"; }
check M31
echo never > never.txt`,
  );
  expect(job).toMatchObject({
    phase: 'ERROR',
    error: { type: 'fatal', message: 'no catalogue for M31', detail: 'The run ended with exit code 1.' },
  });
  expect(job.results.map(({ name }) => name)).toEqual(['stdout', 'stderr']);
});

test('a command that fails ends the job with its name, and what was made before is kept', async () => {
  const { job, read } = await run('fails', 'echo one > one.txt\nls /no/such/file\necho two > two.txt');
  expect(job.error?.message).toBe('Error in fails running command: ls /no/such/file');
  expect(await read('one.txt')).toBe('one\n');
  expect(job.results.map(({ name }) => name)).not.toContain('two.txt');
});

test('a script that removes what is kept beside it still says why it failed', async () => {
  const { job } = await run('untidy', 'rm -rf .orrery; ls /no/such/file');
  expect(job.error?.message).toBe('Error in untidy running command: ls /no/such/file');
});

test('internal provenance is kept with the job and is no result', async () => {
  const { job } = await run('tells', `echo '{"steps": []}' > internal_provenance.json`);
  expect(job.results.map(({ name }) => name)).toEqual(['stdout', 'stderr']);
  const { sizeBytes } = await core.files.stat(job.internalProvenance ?? '', 'result');
  expect(sizeBytes).toBe(14);
});

test('a job with more results than are kept says so', async () => {
  const { job } = await run('many', 'for i in {1..1005}; do echo $i > $i.txt; done');
  expect(job.phase).toBe('ERROR');
  expect(job.error?.message).toBe('The run left more than 1000 results; the first 1000 are kept.');
  expect(job.results).toHaveLength(1002);
}, 60_000);
