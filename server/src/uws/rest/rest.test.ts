import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { installDefinition, readDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { serviceOf } from '../service.ts';
import { childNamed, childrenNamed, parseXml } from '../xml/parse.ts';

const server = await testServer([uws], { 'compute.local.allowUnisolated': 'true' });
const { core, address } = server;
const fixture = (name: string) =>
  readFileSync(new URL(`../../../../test/fixtures/uws/${name}`, import.meta.url), 'utf8');

for (const name of ['jdl-probe_vot.xml', 'jdl-probe_file_vot.xml']) {
  await installDefinition(core.db, readDefinition(fixture(name)), 'tester', new Date());
}
serviceOf(core).catalog.forget();

async function tokenOf(name: string, roles: string[]): Promise<string> {
  await createAccount(core.auth.context, { name: 'tester' }, { name, roles });
  return await createToken(core.auth.context, { name: 'tester' }, { user: name });
}
const alice = await tokenOf('alice', ['user']);
const bob = await tokenOf('bob', ['user']);
const runner = await tokenOf('runner', ['uws.run:hello']);

interface Asked {
  method?: string;
  body?: string | FormData | URLSearchParams;
  token?: string | null;
  headers?: Record<string, string>;
}

function ask(path: string, { token = alice, headers, ...rest }: Asked = {}): Promise<Response> {
  const url = path.startsWith('http') ? path : `${address}${path}`;
  const auth = token === null ? {} : { authorization: `Bearer ${token}` };
  return fetch(url, { redirect: 'manual', ...rest, headers: { ...auth, ...headers } });
}

async function create(
  name: string,
  fields: Record<string, string> | FormData,
  token = alice,
): Promise<string> {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  const answer = await ask(`/rest/${name}`, { method: 'POST', body, token });
  expect(answer.status, await answer.text()).toBe(303);
  return answer.headers.get('location') ?? '';
}

const textOf = async (path: string, asked?: Asked) => (await ask(path, asked)).text();
const phaseOf = (url: string) => textOf(`${url}/phase`);

async function finished(url: string): Promise<string> {
  for (let tries = 0; tries < 20; tries++) {
    const root = parseXml(await textOf(`${url}?WAIT=10`));
    const phase = childNamed(root, 'phase')?.text ?? '';
    if (['COMPLETED', 'ERROR', 'ABORTED'].includes(phase)) return phase;
  }
  throw new Error(`${url} did not end`);
}

test('a job goes from PENDING to COMPLETED, and its results and log can be read', async () => {
  const url = await create('hello', { NAME: 'Ada & <co>', RUNID: 'first' });
  expect(url).toMatch(new RegExp(`^${address}/rest/hello/[0-9a-z]{26}$`));
  expect(await phaseOf(url)).toBe('PENDING');
  const run = await ask(`${url}/phase`, { method: 'POST', body: new URLSearchParams({ phase: 'run' }) });
  expect([run.status, run.headers.get('location')]).toEqual([303, url]);
  expect(await phaseOf(url)).not.toBe('PENDING');
  expect(await finished(url)).toBe('COMPLETED');
  const job = parseXml(await textOf(url));
  expect(childNamed(job, 'ownerId')?.text).toBe('alice');
  const results = childrenNamed(parseXml(await textOf(`${url}/results`)), 'result');
  expect(results.map(({ attributes }) => attributes.id)).toEqual(['result', 'stdout', 'stderr']);
  const [first] = results;
  expect(first?.attributes).toMatchObject({ size: '19', 'mime-type': 'text/plain' });
  const answer = await ask(first?.attributes.href ?? '');
  expect(await answer.text()).toBe('Hello, Ada & <co>.\n');
  expect(answer.headers.get('content-security-policy')).toContain('sandbox');
  expect(await textOf(`${url}/stdout`)).toBe('greeting Ada & <co> in 0 s\n');
}, 30_000);

test('a result is sent in ranges, by ETag, and as a header alone', async () => {
  const url = await create('hello', { NAME: 'Ada', PHASE: 'RUN' });
  expect(await finished(url)).toBe('COMPLETED');
  const href = `${url}/results/result`;
  const part = await ask(href, { headers: { range: 'bytes=7-9' } });
  expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
    206,
    'Ada',
    'bytes 7-9/12',
  ]);
  expect((await ask(href, { headers: { range: 'bytes=99-' } })).status).toBe(416);
  const whole = await ask(href);
  const etag = whole.headers.get('etag') ?? '';
  await whole.text();
  expect((await ask(href, { headers: { 'if-none-match': etag } })).status).toBe(304);
  const head = await ask(href, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '12', '']);
  expect((await ask(`${url}/results/nosuch`)).status).toBe(404);
}, 30_000);

test('the conversation recorded with OPUS has the answers the standard asks for', async () => {
  let id = '';
  for (const line of fixture('opus-requests.jsonl').trim().split('\n')) {
    const { step, method, path, body, status } = JSON.parse(line) as Record<string, string>;
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await ask((path ?? '').replace('{ID}', id), {
      method: method ?? 'GET',
      ...(body === undefined ? {} : { body, headers: type }),
    });
    const text = await answer.text();
    expect([step, answer.status], text).toEqual([step, status]);
    if (step === 'job-create') id = answer.headers.get('location')?.split('/').at(-1) ?? '';
    if (answer.status === 303) expect(answer.headers.get('location')).toMatch(/^http:\/\/127/);
    if (step === 'job-sub-parameters-text') expect(text).toBe('Bonjour & <merci>');
    if (step === 'job-get-execdur') expect(text).toMatch(/^(30|86400)$/);
    if (step === 'job-get-destruction') expect(text).toMatch(/^20\d\d-.*Z$/);
  }
});

test('AFTER is strict, LAST gives the newest first, filters are joined', async () => {
  const token = await tokenOf('lister', ['user']);
  const urls: string[] = [];
  for (const NAME of ['a', 'b', 'c', 'd']) {
    urls.push(await create('hello', { NAME, RUNID: NAME }, token));
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  const list = async (query: string) => {
    const root = parseXml(await textOf(`/rest/hello${query}`, { token }));
    return childrenNamed(root, 'jobref')
      .map((ref) => childNamed(ref, 'runId')?.text)
      .join('');
  };
  expect(await list('')).toBe('dcba');
  expect(await list('?LAST=2')).toBe('dc');
  expect(await list('?PHASE=PENDING&LAST=1')).toBe('d');
  expect(await list('?PHASE=COMPLETED&PHASE=ERROR')).toBe('');
  const second = childNamed(parseXml(await textOf(urls[1] ?? '', { token })), 'creationTime')?.text ?? '';
  expect(await list(`?AFTER=${encodeURIComponent(second)}`)).toBe('dc');
  await ask(`${urls[3]}/phase`, { method: 'POST', body: new URLSearchParams({ PHASE: 'ABORT' }), token });
  expect(await list('?PHASE=ABORTED')).toBe('d');
  expect(await list('?phase=aborted&phase=PENDING&last=3')).toBe('dcb');
});

test('/async is the same list and keeps its own address', async () => {
  const made = await ask('/rest/hello/async', { method: 'POST', body: new URLSearchParams({ NAME: 'x' }) });
  const url = made.headers.get('location') ?? '';
  expect(url).toContain('/rest/hello/async/');
  expect(await phaseOf(url)).toBe('PENDING');
  expect(await phaseOf(url.replace('/async/', '/'))).toBe('PENDING');
});

test.each([
  ['POST', '/rest/hello', 'SECONDS_TO_WAIT=soon', 400, /SECONDS_TO_WAIT/],
  ['POST', '/rest/hello', 'SECONDS_TO_WAIT=99999', 400, /SECONDS_TO_WAIT.*above/],
  ['POST', '/rest/hello', 'PATH=/tmp', 400, /PATH/],
  ['POST', '/rest/hello', 'LD_PRELOAD=x.so', 400, /LD_PRELOAD/],
  ['POST', '/rest/hello', 'NAME=a%00b', 400, /NUL/],
  ['POST', '/rest/hello', 'EXECUTIONDURATION=-1', 400, /EXECUTIONDURATION/],
  ['POST', '/rest/hello', 'DESTRUCTION=soon', 400, /DESTRUCTION/],
  ['POST', '/rest/hello', 'PHASE=GO', 400, /PHASE/],
  ['POST', '/rest/hello', 'PHASE=ABORT', 400, /PHASE/],
  ['POST', '/rest/nosuch', 'NAME=x', 404, /nosuch/],
  ['GET', '/rest/hello/aaaaaaaaaaaaaaaaaaaaaaaaaa', undefined, 404, /no job/],
  ['GET', '/rest/hello?AFTER=soon', undefined, 400, /AFTER/],
  ['GET', '/rest/hello?LAST=0', undefined, 400, /LAST/],
  ['PUT', '/rest/hello', 'x', 405, /GET, POST/],
  ['DELETE', '/rest/hello', undefined, 405, /GET, POST/],
] as const)('%s %s %s is answered %i with a sentence', async (method, path, body, status, reason) => {
  const before = await core.db.sql`select count(*)::int as n from uws.job`;
  const answer = await ask(path, {
    method,
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  });
  const text = await answer.text();
  expect(answer.status, text).toBe(status);
  expect(text).toMatch(reason);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  if (status === 405) expect(answer.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS');
  expect(await core.db.sql`select count(*)::int as n from uws.job`).toEqual(before);
});

test('a job is seen and controlled by its owner and operators, by nobody else', async () => {
  const url = await create('hello', { NAME: 'secret' });
  const body = new URLSearchParams({ PHASE: 'ABORT' });
  for (const path of [
    '',
    '/phase',
    '/parameters',
    '/parameters/NAME',
    '/results',
    '/stdout',
    '/owner',
    '/error',
  ]) {
    const answer = await ask(`${url}${path}`, { token: bob });
    expect([path, answer.status]).toEqual([path, 403]);
    expect(await answer.text()).not.toContain('secret');
  }
  expect((await ask(`${url}/phase`, { method: 'POST', body, token: bob })).status).toBe(403);
  expect((await ask(url, { method: 'DELETE', token: bob })).status).toBe(403);
  expect(await textOf('/rest/hello', { token: bob })).not.toContain(url);
  expect(await textOf('/rest/hello', { token: server.adminToken })).toContain(url);
  const nobody = await ask(url, { token: null });
  expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([
    401,
    expect.stringContaining('Bearer'),
  ]);
  expect((await ask('/rest/hello', { token: null, method: 'POST', body })).status).toBe(401);
  expect(await phaseOf(url)).toBe('PENDING');
});

test('a role for one definition runs that one and no other', async () => {
  await create('hello', { NAME: 'x' }, runner);
  const answer = await ask('/rest/probe', { method: 'POST', body: new URLSearchParams(), token: runner });
  expect(answer.status).toBe(403);
});

test('API tokens are taken as the password of Basic as well', async () => {
  const basic = `Basic ${Buffer.from(`alice:${alice}`).toString('base64')}`;
  expect((await ask('/rest/hello', { token: null, headers: { authorization: basic } })).status).toBe(200);
});

test('a file is uploaded, shown by reference, used by the script, and read back', async () => {
  const form = new FormData();
  form.set('text', 'before');
  form.set('duration', '0');
  form.set('infile', new Blob(['from the file\n'], { type: 'text/plain' }), 'in put.txt');
  form.set('PHASE', 'RUN');
  const url = await create('probe_file', form);
  const parameter = childrenNamed(parseXml(await textOf(`${url}/parameters`)), 'parameter').find(
    ({ attributes }) => attributes.id === 'infile',
  );
  expect(parameter).toMatchObject({ attributes: { byReference: 'true' }, text: `${url}/parameters/infile` });
  const bytes = await ask(`${url}/parameters/infile`);
  expect([await bytes.text(), bytes.headers.get('content-disposition')]).toEqual([
    'from the file\n',
    expect.stringContaining('in-put.txt'),
  ]);
  expect((await ask(`${url}/parameters/infile`, { token: bob })).status).toBe(403);
  expect(await finished(url)).toBe('COMPLETED');
  expect(await textOf(`${url}/results/output`)).toBe('before\nfrom the file\n');
}, 30_000);

test('a value is data: no shell reads it', async () => {
  const text = `$(id -un) \`id\` "; touch hacked; ' \${HOME}`;
  const url = await create('probe', { duration: '0', text, PHASE: 'RUN' });
  expect(await finished(url)).toBe('COMPLETED');
  expect(await textOf(`${url}/results/output`)).toBe(`${text}\n`);
}, 30_000);

test('a command that fails ends the job with ERROR, its sentence and its partial results', async () => {
  const url = await create('probe', { duration: '0', fail: 'true', PHASE: 'RUN' });
  expect(await finished(url)).toBe('ERROR');
  const summary = childNamed(parseXml(await textOf(url)), 'errorSummary');
  expect(summary?.children[0]?.text).toBe('Error in probe running command: ls /no/such/file');
  expect(await textOf(`${url}/error`)).toContain('Error in probe running command');
  expect(await textOf(`${url}/stderr`)).toContain('/no/such/file');
}, 30_000);

test('the execution duration is enforced: the job is ABORTED', async () => {
  const url = await create('hello', {
    NAME: 'x',
    SECONDS_TO_WAIT: '600',
    EXECUTIONDURATION: '1',
    PHASE: 'RUN',
  });
  expect(await finished(url)).toBe('ABORTED');
  expect(await textOf(`${url}/error`)).toBe('The execution duration of 1 s was exceeded.');
}, 40_000);

test('an abort ends a running job, keeps what it printed, and a second abort changes nothing', async () => {
  const url = await create('hello', { NAME: 'x', SECONDS_TO_WAIT: '600', PHASE: 'RUN' });
  await textOf(`${url}?WAIT=20&PHASE=QUEUED`);
  expect(await phaseOf(url)).toBe('EXECUTING');
  const body = new URLSearchParams({ PHASE: 'ABORT' });
  expect((await ask(url, { method: 'POST', body })).status).toBe(303);
  expect(await phaseOf(url)).toBe('ABORTED');
  expect((await ask(`${url}/phase`, { method: 'POST', body })).status).toBe(303);
  expect(await phaseOf(url)).toBe('ABORTED');
  const rerun = await ask(`${url}/phase`, { method: 'POST', body: new URLSearchParams({ PHASE: 'RUN' }) });
  expect([rerun.status, await rerun.text()]).toEqual([403, expect.stringContaining('The job is ABORTED')]);
}, 40_000);

test('deleting a running job kills its run and leaves nothing', async () => {
  const url = await create('hello', { NAME: 'x', SECONDS_TO_WAIT: '600', PHASE: 'RUN' });
  await textOf(`${url}?WAIT=20&PHASE=QUEUED`);
  const jobId = url.split('/').at(-1) ?? '';
  const gone = await ask(url, { method: 'DELETE' });
  expect([gone.status, gone.headers.get('location')]).toEqual([303, `${address}/rest/hello?LAST=20`]);
  expect((await ask(url)).status).toBe(404);
  await expect
    .poll(() => core.db.sql`select 1 from core.compute_run where owner_id = ${jobId}`, { timeout: 20_000 })
    .toEqual([]);
}, 40_000);

test('parameters are changed while the job is PENDING, not afterwards', async () => {
  const url = await create('probe', { text: 'one' });
  const set = (path: string, method: string, body: string) =>
    ask(`${url}${path}`, { method, body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  expect((await set('/parameters', 'POST', 'text=two')).status).toBe(303);
  expect(await textOf(`${url}/parameters/text`)).toBe('two');
  expect((await set('/parameters/text', 'PUT', 'thr=ee&')).status).toBe(303);
  expect(await textOf(`${url}/parameters/text`)).toBe('thr=ee&');
  const opus = await set('/parameters/text', 'POST', 'VALUE=four');
  expect([opus.status, opus.headers.get('location')]).toEqual([303, `${url}/parameters`]);
  expect(await textOf(`${url}/parameters/text`)).toBe('four');
  expect((await set('', 'POST', 'text=five&EXECUTIONDURATION=7')).status).toBe(303);
  expect([await textOf(`${url}/parameters/text`), await textOf(`${url}/executionduration`)]).toEqual([
    'five',
    '7',
  ]);
  expect((await set('/parameters', 'POST', 'duration=soon')).status).toBe(400);
  expect((await set('/parameters', 'POST', 'mode=slowest')).status).toBe(400);
  await set('/phase', 'POST', 'PHASE=ABORT');
  expect((await set('/parameters', 'POST', 'text=six')).status).toBe(403);
});

test('WAIT answers at once when the phase is not the one named, and when the phase cannot change', async () => {
  const url = await create('hello', { NAME: 'x' });
  const started = performance.now();
  expect(childNamed(parseXml(await textOf(`${url}?WAIT=30&PHASE=QUEUED`)), 'phase')?.text).toBe('PENDING');
  await ask(`${url}/phase`, { method: 'POST', body: new URLSearchParams({ PHASE: 'ABORT' }) });
  expect(childNamed(parseXml(await textOf(`${url}?WAIT=-1`)), 'phase')?.text).toBe('ABORTED');
  // Both waits of 30 s and of five minutes were not held.
  expect(performance.now() - started).toBeLessThan(20_000);
  expect((await ask(`${url}?WAIT=soon`)).status).toBe(400);
  expect((await ask(`${url}?WAIT=5&PHASE=SOON`)).status).toBe(400);
});

test('a hundred waits on a PENDING job are all woken by its abort', async () => {
  const url = await create('hello', { NAME: 'x' });
  const waits = Array.from({ length: 100 }, () => textOf(`${url}?WAIT=-1&PHASE=PENDING`));
  await expect.poll(() => core.events.waits.openCount, { timeout: 10_000 }).toBeGreaterThanOrEqual(100);
  await ask(`${url}/phase`, { method: 'POST', body: new URLSearchParams({ PHASE: 'ABORT' }) });
  const phases = (await Promise.all(waits)).map((text) => childNamed(parseXml(text), 'phase')?.text);
  expect(new Set(phases)).toEqual(new Set(['ABORTED']));
  await expect.poll(() => core.events.waits.openCount).toBe(0);
}, 30_000);

test('a waiter who leaves is forgotten', async () => {
  const url = await create('hello', { NAME: 'x' });
  const leaving = new AbortController();
  const waiting = fetch(`${url}?WAIT=-1`, {
    headers: { authorization: `Bearer ${alice}` },
    signal: leaving.signal,
  });
  await expect.poll(() => core.events.waits.openCount).toBe(1);
  leaving.abort();
  await expect(waiting).rejects.toThrow();
  await expect.poll(() => core.events.waits.openCount).toBe(0);
});

test('JSON is given to those who ask for it and not for XML', async () => {
  const url = await create('hello', { NAME: 'x', RUNID: 'r' });
  const json = (path: string, accept = 'application/json') => ask(path, { headers: { accept } });
  expect(await (await json(url)).json()).toMatchObject({
    version: '1.1',
    phase: 'PENDING',
    runId: 'r',
    ownerId: 'alice',
  });
  const list = (await (await json('/rest/hello?LAST=1')).json()) as { jobs: unknown[] };
  expect(list.jobs).toEqual([expect.objectContaining({ href: url, phase: 'PENDING' })]);
  expect((await json(url, 'application/xml, application/json')).headers.get('content-type')).toMatch(
    /^application\/xml/,
  );
});

test('unknown addresses below a job are answered in the manner of UWS', async () => {
  const url = await create('hello', { NAME: 'x' });
  const answer = await ask(`${url}/nosuch`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8']);
});

afterAll(() => expect(core.events.waits.openCount).toBe(0));
