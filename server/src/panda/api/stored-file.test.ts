import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PandaJob } from '@orrery/contracts';
import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { deterministicPath } from '../../pilot/storage.ts';
import { panda } from '../index.ts';

const server = await testServer([panda], { role: 'web' });
const { app, core, dataDir } = server;
const { db } = core;
const tester = { name: 'tester' };

async function signedUp(name: string, ...roles: string[]) {
  const { accountId } = await createAccount(core.auth.context, tester, { name, roles });
  const token = await createToken(core.auth.context, tester, { user: name, expires: '1h' });
  return { accountId, headers: { authorization: `Bearer ${token}` } };
}
const alice = await signedUp('alice', 'user');
const mallory = await signedUp('mallory', 'user');

const folder = path.join(dataDir, 'storage-of-the-test');
const arprotocols = { write_lan: [{ endpoint: 'file://localhost', path: `${folder}/` }] };
await db.sql`
  insert into panda.endpoint (endpoint, document, changed_by)
  values ('HERE', ${JSON.stringify({ name: 'HERE', arprotocols })}::text::jsonb, 'test'),
    ('ELSEWHERE', '{"name": "ELSEWHERE", "arprotocols": {"write_lan": [{"endpoint": "root://x", "path": "/"}]}}', 'test')`;

async function stored(lfn: string, text: string): Promise<void> {
  const file = path.join(folder, deterministicPath('user.alice', lfn));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

interface FileWish {
  lfn: string;
  type?: string;
  status?: string;
  endpoint?: string;
  scope?: string | null;
}

/** A job with one file; the path of its bytes as a page would ask for them. */
async function jobWith(who: typeof alice, wish: FileWish): Promise<{ jobId: number; path: string }> {
  const { lfn, type = 'output', status = 'ready', endpoint = 'HERE', scope = 'user.alice' } = wish;
  const { jobId } = await aJob(db, { ownerAccountId: who.accountId, status: 'holding' });
  const [row] = await db.sql<[{ fileId: number }]>`
    insert into panda.file (job_id, ordinal, type, lfn, scope, status, endpoint, size_bytes, surl)
    values (${jobId}, 0, ${type}, ${lfn}, ${scope}, ${status}, ${endpoint}, 5, 'file://localhost/etc/passwd') returning file_id`;
  return { jobId, path: `/api/panda/jobs/${jobId}/files/${row.fileId}` };
}
const ask = (who: typeof alice, url: string) => app.inject({ url, headers: who.headers });

test('an output that is stored here can be had, as bytes of a stranger', async () => {
  await stored('out.html', '<script>');
  const made = await jobWith(alice, { lfn: 'out.html' });
  const job = (await ask(alice, `/api/panda/jobs/${made.jobId}`)).json<PandaJob>();
  expect(job.files[0]?.href).toBe(made.path);
  const reply = await ask(alice, made.path);
  expect([reply.statusCode, reply.body]).toEqual([200, '<script>']);
  expect(reply.headers['content-length']).toBe('8');
  expect(reply.headers['content-security-policy']).toContain('sandbox');
  expect(reply.headers['content-disposition']).toMatch(/^attachment/);
});

test('an empty file is an answer without bytes', async () => {
  await stored('empty.txt', '');
  const reply = await ask(alice, (await jobWith(alice, { lfn: 'empty.txt' })).path);
  expect([reply.statusCode, reply.body]).toEqual([200, '']);
});

test.each<[string, FileWish]>([
  ['an input', { lfn: 'out.html', type: 'input' }],
  ['an output that was not stored', { lfn: 'out.html', status: 'failed' }],
  ['a file elsewhere', { lfn: 'out.html', endpoint: 'ELSEWHERE' }],
  ['a file of an unknown endpoint', { lfn: 'out.html', endpoint: 'NOWHERE' }],
  ['a file without a scope', { lfn: 'out.html', scope: null }],
])('%s has no address here', async (_what, wish) => {
  const { jobId, path: address } = await jobWith(alice, wish);
  expect((await ask(alice, `/api/panda/jobs/${jobId}`)).json<PandaJob>().files[0]).not.toHaveProperty('href');
  expect((await ask(alice, address)).json().code).toBe('panda.job-file-missing');
});

test.each(['gone.txt', '../../../../../etc/passwd', '..', '.', 'a/b', '/etc/passwd'])(
  'the name %s leads to nothing',
  async (lfn) => {
    expect((await ask(alice, (await jobWith(alice, { lfn })).path)).statusCode).toBe(404);
  },
);

test('a link that a payload left in the storage is not followed', async () => {
  const file = path.join(folder, deterministicPath('user.alice', 'link.txt'));
  await mkdir(path.dirname(file), { recursive: true });
  await symlink('/etc/passwd', file);
  expect((await ask(alice, (await jobWith(alice, { lfn: 'link.txt' })).path)).statusCode).toBe(404);
});

test('nobody reads the file of another by naming it as an output', async () => {
  await stored('mine.txt', 'secret of alice');
  const ofAlice = await jobWith(alice, { lfn: 'mine.txt' });
  const claimed = await jobWith(mallory, { lfn: 'mine.txt' });
  const reply = await ask(mallory, claimed.path);
  expect([reply.statusCode, reply.body.includes('secret')]).toEqual([404, false]);
  expect((await ask(mallory, ofAlice.path)).statusCode).toBe(404);
});
