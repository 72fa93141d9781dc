import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { installDefinition, readDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { archiveLocked } from '../jobs/archive.ts';
import { replaceResults } from '../results/results.store.ts';
import { serviceOf } from '../service.ts';
import { entitiesOf, findEntity, inputEntity, resultEntity } from './entities.ts';
import { signedStorePath } from './links.ts';

const server = await testServer([uws], { 'compute.local.allowUnisolated': 'true' });
const { core, address } = server;
const service = serviceOf(core);

const definition = `
name: append
parameters: [{name: infile, type: file, multiple: true}]
results: [{name: all, file: "sub/all it.fits"}, {name: page, file: page.html, mediaType: text/html}]
script: |
  mkdir sub
  cat $infile > "sub/all it.fits"
  echo '<script>1</script>' > page.html
`;
await installDefinition(core.db, readDefinition(definition), 'tester', new Date());
service.catalog.forget();

async function tokenOf(name: string, roles = ['user']): Promise<string> {
  await createAccount(core.auth.context, { name: 'tester' }, { name, roles });
  return await createToken(core.auth.context, { name: 'tester' }, { user: name });
}
const alice = await tokenOf('alice');
const bob = await tokenOf('bob');
const operator = await tokenOf('olga', ['operator']);

function ask(path: string, token: string | null = alice, init: RequestInit = {}): Promise<Response> {
  const auth = token === null ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${address}${path}`, { redirect: 'manual', ...init, headers: { ...auth, ...init.headers } });
}

async function finishedJob() {
  const form = new FormData();
  form.append('PHASE', 'RUN');
  form.append('infile', new Blob(['one\n'], { type: 'text/plain' }), 'a b.txt');
  form.append('infile', new Blob(['two\n']), 'c.dat');
  const made = await ask('/rest/append', alice, { method: 'POST', body: form });
  const jobId = made.headers.get('location')?.split('/').at(-1) ?? '';
  return await eventually(async () => {
    const job = await service.readTogether(jobId);
    if (job === null || job.phase !== 'COMPLETED') throw new Error(`the job is ${job?.phase}`);
    return job;
  }, 30_000);
}

const job = await finishedJob();
const all = resultEntity(job.jobId, 'all');

test('every stored file of a job is an entity with an id of its own', async () => {
  const found = entitiesOf(job).map(({ kind, name, fileName }) => `${kind} ${name} ${fileName}`);
  expect(found).toEqual([
    'input infile a-b.txt',
    'input infile c.dat',
    'result all sub/all it.fits',
    'result page page.html',
    'result stdout stdout.txt',
    'result stderr stderr.txt',
  ]);
  const ids = entitiesOf(job).map((each) => each.entity);
  expect(new Set(ids).size).toBe(ids.length);
  for (const each of entitiesOf(job)) expect(await findEntity(service, each.entity)).toEqual(each);
});

test('/store gives an entity as OPUS does: by ID, as an attachment that names it', async () => {
  const answer = await ask(`/store?ID=${all}`);
  expect([answer.status, await answer.text()]).toEqual([200, 'one\ntwo\n']);
  expect(answer.headers.get('content-disposition')).toContain(`attachment; filename="${all}_all_it.fits"`);
  expect(answer.headers.get('content-type')).toBe('image/fits');
  const page = await ask(`/store?ID=${resultEntity(job.jobId, 'page')}`);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain('sandbox');
  expect(page.headers.get('content-disposition')).toMatch(/^attachment/);
  const input = await ask(`/store?ID=${inputEntity(job.jobId, 'infile', 1)}`);
  expect(await input.text()).toBe('two\n');
});

test('an entity is sent in ranges, by ETag and as a header alone', async () => {
  for (const path of [`/store?ID=${all}`, `/store/${all}/x.fits`, `/store_old/${job.jobId}/all`]) {
    const part = await ask(path, alice, { headers: { range: 'bytes=4-6' } });
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
      206,
      'two',
      'bytes 4-6/8',
    ]);
    const head = await ask(path, alice, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '8']);
    const etag = head.headers.get('etag') ?? '';
    expect((await ask(path, alice, { headers: { 'if-none-match': etag } })).status).toBe(304);
  }
});

test('the address that ends in a file name answers at once, whatever the name', async () => {
  for (const name of ['all.fits', 'a%20b.fits', 'x/y.vot', 'ä+%C3%A9.txt']) {
    const answer = await ask(`/store/${all}/${name}`);
    expect([name, answer.status]).toEqual([name, 200]);
    expect(await answer.text()).toBe('one\ntwo\n');
  }
});

test('a signed link opens one entity without an account, and with the name encoded otherwise', async () => {
  const entity = await findEntity(service, all);
  if (entity === null) throw new Error('no entity');
  const path = signedStorePath(core.links, entity, new Date(), 60);
  expect(path).toMatch(new RegExp(`^/store/${all}/all%20it\\.fits\\?expires=\\d+&signature=`));
  expect(await (await ask(path, null)).text()).toBe('one\ntwo\n');
  expect((await ask(path.replace('all%20it', 'all+it'), null)).status).toBe(200);
  expect((await ask(path.replace('.fits', ''), bob)).status).toBe(200);
  const other = resultEntity(job.jobId, 'page');
  expect((await ask(path.replace(all, other), null)).status).toBe(403);
  expect((await ask(path.replace(/signature=.*/, 'signature=x'), alice)).status).toBe(403);
  const old = signedStorePath(core.links, entity, new Date(Date.now() - 120_000), 60);
  expect((await ask(old, null)).status).toBe(403);
});

test('only those who may see the job get its entities', async () => {
  for (const path of [`/store?ID=${all}`, `/store/${all}/a.fits`, `/store_old/${job.jobId}/all`]) {
    expect([path, (await ask(path, bob)).status]).toEqual([path, 403]);
    expect([path, (await ask(path, null)).status]).toEqual([path, 401]);
    expect([path, (await ask(path, operator)).status]).toEqual([path, 200]);
  }
});

test('what does not exist is 404, and an address without an ID is 400', async () => {
  const unknown = ['nosuch', `${job.jobId}-000000000000`, `${job.jobId}`, `${all}x`, '-', `-${all}`];
  for (const id of unknown) expect([id, (await ask(`/store?ID=${id}`)).status]).toEqual([id, 404]);
  for (const id of unknown) expect([id, (await ask(`/store/${id}/a`)).status]).toEqual([id, 404]);
  for (const path of ['/store', '/store?ID=', `/store?ID=${all}&ID=${all}`, '/store?id=x']) {
    expect([path, (await ask(path)).status]).toEqual([path, 400]);
  }
  expect((await ask(`/store_old/${job.jobId}/nosuch`)).status).toBe(404);
  expect((await ask('/store_old/nosuch/all')).status).toBe(404);
  expect((await ask('/store?ID=nosuch')).headers.get('content-type')).toContain('text/plain');
});

test('no text is mistaken for an entity, whatever it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
      fc.pre(text.isWellFormed() && text !== '');
      const answer = await ask(`/store?ID=${encodeURIComponent(text)}`);
      expect([404, 400]).toContain(answer.status);
    }),
    { numRuns: 25 },
  );
});

test('an id that cannot be stored spoils the answers of nobody else', async () => {
  const paths = ['/store?ID=%00-a', `/store?ID=${all}`, '/store_old/%00/all', `/store_old/${job.jobId}/all`];
  const wait = ask(`/rest/append/${job.jobId}?WAIT=1`);
  const answers = await Promise.all([...paths, ...paths, ...paths].map((path) => ask(path)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((_status, index) => index % 2 === 1)).toEqual([200, 200, 200, 200, 200, 200]);
  expect(statuses.every((status) => status < 500)).toBe(true);
  expect((await wait).status).toBe(200);
});

test('collecting the results again leaves the ids as they are; a deleted job takes its entities along', async () => {
  const doomed = await finishedJob();
  const before = entitiesOf(doomed);
  await core.db.transaction((tx) => replaceResults(tx, doomed.jobId, doomed.results));
  const again = await service.readTogether(doomed.jobId);
  expect(again === null ? [] : entitiesOf(again).map((each) => each.entity)).toEqual(
    before.map((each) => each.entity),
  );
  await ask(`/rest/append/${doomed.jobId}`, alice, { method: 'DELETE' });
  for (const { entity } of before) expect((await ask(`/store?ID=${entity}`)).status).toBe(404);
});

test('the entities of an archived job are known and gone; a link to it shows what is left', async () => {
  const old = await finishedJob();
  const before = entitiesOf(old);
  const link = core.links.sign(`/api/uws/shared/${old.jobId}`, new Date(), 60);
  await core.db.transaction((tx) => archiveLocked(service, tx, old, 'server', 'Its time has come.'));
  for (const { entity } of before)
    expect([entity, (await ask(`/store?ID=${entity}`)).status]).toEqual([entity, 410]);
  for (const { entity } of before) expect((await ask(`/store?ID=${entity}`, bob)).status).toBe(403);
  expect((await ask(`/store_old/${old.jobId}/all`)).status).toBe(410);
  const archived = await service.readTogether(old.jobId);
  expect(archived === null ? [] : entitiesOf(archived).map(({ entity, hash }) => [entity, hash])).toEqual(
    before.map(({ entity, hash }) => [entity, hash]),
  );
  expect(await (await ask(link, null)).json()).toMatchObject({ phase: 'ARCHIVED', results: [] });
});
