import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { anObservatory, toyRules } from '../../../../test/support/crds.ts';
import { rpcOf } from '../../../../test/support/crds-rpc.ts';
import { testServer } from '../../../../test/support/server.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import type { NewFile } from '../catalogue/file.ts';
import { crds } from '../index.ts';

const server = await testServer([crds]);
const folder = await temporaryFolder('crds');

const linkedBytes = Buffer.from('linked reference '.repeat(500));
await writeFile(path.join(folder, 'new_bia.fits'), linkedBytes);
await writeFile(path.join(folder, 'changed_bia.fits'), 'other bytes');
await symlink('/etc/passwd', path.join(folder, 'evil_bia.fits'));

const keptBytes = Buffer.alloc(100_000, 'kept');
const kept = await server.core.files.put(keptBytes, { namespace: 'reference' });
await server.core.db.transaction((tx) =>
  server.core.files.reference(tx, kept.sha256, 'reference', {
    kind: 'crds.reference',
    id: 'tobs/old_bia.fits',
    name: 'old_bia.fits',
  }),
);

function sha(algorithm: string, bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

function linked(name: string, sizeBytes: number): NewFile {
  return { name, state: 'archived', place: 'linked', linkedPath: path.join(folder, name), sizeBytes };
}

await anObservatory(
  server,
  'tobs',
  [
    ...toyRules(),
    {
      ...linked('new_bia.fits', linkedBytes.length),
      sha1: sha('sha1', linkedBytes),
      sha256: sha('sha256', linkedBytes),
    },
    linked('evil_bia.fits', 10),
    linked('changed_bia.fits', 999),
    linked('gone_bia.fits', 999),
    {
      name: 'old_bia.fits',
      state: 'archived',
      place: 'kept',
      instrument: 'acs',
      sizeBytes: keptBytes.length,
      sha1: sha('sha1', keptBytes),
      sha256: kept.sha256,
    },
    { ...linked('secret_bia.fits', linkedBytes.length), state: 'uploaded' },
    { ...linked('waiting_bia.fits', linkedBytes.length), state: 'uploaded' },
    { name: 'absent_bia.fits', state: 'archived', sizeBytes: 10 },
    { ...linked('bad_bia.fits', linkedBytes.length), rejected: true, badReason: 'Saturated.' },
  ],
  { latest: 'tobs_0001.pmap' },
);
await writeFile(path.join(folder, 'secret_bia.fits'), linkedBytes);
await writeFile(path.join(folder, 'waiting_bia.fits'), linkedBytes);
await writeFile(path.join(folder, 'bad_bia.fits'), linkedBytes);

const base = `${server.address}/crds/tobs`;
const references = `${base}/unchecked_get/references/tobs`;
const mappings = `${base}/unchecked_get/mappings/tobs`;

describe('a file by its name', () => {
  test.each([
    ['left where it was', 'new_bia.fits', linkedBytes],
    ['kept', 'old_bia.fits', keptBytes],
  ])('that is %s comes whole, with its length and an ETag', async (_what, name, bytes) => {
    const answer = await fetch(`${references}/${name}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe(String(bytes.length));
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    const etag = answer.headers.get('etag') ?? '';
    expect(etag).toBe(`"${sha('sha256', bytes)}"`);
    const again = await fetch(`${references}/${name}`, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  test('that is a mapping comes as it was taken', async () => {
    const text = toyRules()[0]?.content ?? Buffer.alloc(0);
    const answer = await fetch(`${mappings}/tobs_0001.pmap`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(text))).toBe(true);
    expect(answer.headers.get('content-length')).toBe(String(text.length));
  });

  test.each([
    ['bytes=0-9', 206, 'bytes 0-9/8500', linkedBytes.subarray(0, 10)],
    ['bytes=8490-', 206, 'bytes 8490-8499/8500', linkedBytes.subarray(8490)],
    ['bytes=-10', 206, 'bytes 8490-8499/8500', linkedBytes.subarray(8490)],
    ['bytes=0-99999', 206, 'bytes 0-8499/8500', linkedBytes],
    ['bytes=1-0', 200, null, linkedBytes],
    ['bytes=0-1,5-6', 200, null, linkedBytes],
  ])('the range %s is answered %i', async (range, status, contentRange, bytes) => {
    for (const url of [`${references}/new_bia.fits`]) {
      const answer = await fetch(url, { headers: { range } });
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-range')).toBe(contentRange);
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    }
  });

  test('a range of a mapping and of a kept file is cut alike', async () => {
    const text = Buffer.from(toyRules()[1]?.content ?? []);
    const part = await fetch(`${mappings}/tobs_acs_0001.imap`, { headers: { range: 'bytes=5-24' } });
    expect(await part.text()).toBe(text.toString().slice(5, 25));
    const kept = await fetch(`${references}/old_bia.fits`, { headers: { range: 'bytes=99990-' } });
    expect((await kept.arrayBuffer()).byteLength).toBe(10);
  });

  test('a range outside is 416 with the size', async () => {
    const answer = await fetch(`${references}/new_bia.fits`, { headers: { range: 'bytes=8500-' } });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe('bytes */8500');
  });

  test('HEAD gives the length without the bytes', async () => {
    const answer = await fetch(`${references}/old_bia.fits`, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe('100000');
    expect(await answer.text()).toBe('');
  });

  test('is checked below get, and given all the same below unchecked_get', async () => {
    const bad = await fetch(`${base}/get/bad_bia.fits`);
    expect(bad.status).toBe(409);
    expect(await bad.text()).toContain('is marked bad. Saturated.');
    expect((await fetch(`${references}/bad_bia.fits`)).status).toBe(200);
    expect((await fetch(`${base}/get/new_bia.fits`)).status).toBe(200);
    expect((await fetch(`${base}/get/references/tobs/new_bia.fits`)).status).toBe(200);
  });
});

describe('what is not given', () => {
  test.each([
    ['uploaded', 'secret_bia.fits', 404],
    ['of nobody yet', 'waiting_bia.fits', 404],
    ['unknown', 'nosuch.fits', 404],
    ['known without bytes', 'absent_bia.fits', 404],
    ['gone from where it was', 'gone_bia.fits', 404],
    ['another than was registered', 'changed_bia.fits', 409],
    ['a link to somewhere else', 'evil_bia.fits', 404],
  ])('a file that is %s', async (_what, name, status) => {
    for (const url of [`${references}/${name}`, `${base}/get/${name}`]) {
      const answer = await fetch(url);
      expect(answer.status).toBe(status);
      if (/secret|waiting|nosuch|absent/.test(name)) {
        expect((await fetch(url, { method: 'HEAD' })).status).toBe(status);
      }
      expect(await answer.text()).not.toContain('root:');
    }
  });

  test.each([
    '/crds/tobs/unchecked_get/references/tobs/../../../../etc/passwd',
    '/crds/tobs/unchecked_get/references/tobs/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '/crds/tobs/unchecked_get/references/tobs/..%2fnew_bia.fits',
    '/crds/tobs/unchecked_get/references/tobs/%00new_bia.fits',
    '/crds/tobs/unchecked_get/references/tobs/.',
    '/crds/tobs/unchecked_get/references/tobs/',
    '/crds/tobs/unchecked_get/references/hst/new_bia.fits',
    '/crds/tobs/unchecked_get/mappings/tobs/new_bia.fits',
    '/crds/tobs/unchecked_get/references/tobs/tobs_0001.pmap',
    '/crds/tobs/unchecked_get/pickles/tobs/tobs_0001.pmap.pkl',
    '/crds/tobs/unchecked_get/etc/tobs/passwd',
    '/crds/tobs/unchecked_get/config/tobs/../../x',
    '/crds/hst/unchecked_get/references/hst/new_bia.fits',
    `/crds/tobs/unchecked_get/references/tobs/${'x'.repeat(3000)}`,
    '/crds/tobs/get/%ff%fe',
  ])('%s', async (address) => {
    // Past the client's own clean-up of paths.
    const { status, text } = await raw(address);
    expect([400, 404]).toContain(status);
    expect(text).not.toContain('root:');
  });
});

describe('the configuration of a client', () => {
  test('is server info as Python reads it', async () => {
    const answer = await fetch(`${base}/unchecked_get/config/tobs/server_config`);
    const literal = await answer.text();
    const read = execFileSync(
      'python3',
      ['-c', 'import ast, json, sys; print(json.dumps(ast.literal_eval(sys.stdin.read())))'],
      {
        input: literal,
      },
    );
    expect(JSON.parse(read.toString())).toEqual(await rpcOf(server, 'tobs').result('get_server_info'));
    const etag = answer.headers.get('etag') ?? '';
    const again = await fetch(answer.url, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  test('names the files that are bad', async () => {
    expect(await (await fetch(`${base}/unchecked_get/config/tobs/bad_files.txt`)).text()).toBe(
      'bad_bia.fits\n',
    );
  });
});

describe('a bundle', () => {
  async function unpacked(url: string): Promise<{ status: number; files: Map<string, string> }> {
    const answer = await fetch(url);
    const place = await temporaryFolder('unpacked', folder);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200) return { status: answer.status, files: new Map([['', bytes.toString()]]) };
    await mkdir(place, { recursive: true });
    execFileSync('tar', [url.includes('.gz') ? '-xzf' : '-xf', '-', '-C', place], { input: bytes });
    const listed = execFileSync('sh', ['-c', 'find . -type f -exec sha1sum {} +'], { cwd: place }).toString();
    const files = listed
      .trim()
      .split('\n')
      .map((line) => [line.slice(44), line.slice(0, 40)] as const);
    return { status: answer.status, files: new Map(files.sort()) };
  }

  test.each(['bundle/tobs_0001.pmap.tar', 'bundle/tobs-latest.tar.gz', 'get_archive/tobs_0001.pmap.tar.gz'])(
    '%s has the mappings of the context in the layout of a cache',
    async (address) => {
      const { files } = await unpacked(`${base}/${address}`);
      expect([...files.keys()]).toEqual([
        'config/tobs/ref_cache_subdir_mode',
        'config/tobs/server_config',
        ...toyRules().map(({ name }) => `mappings/tobs/${name}`),
      ]);
      for (const { name, content } of toyRules()) {
        expect(files.get(`mappings/tobs/${name}`)).toBe(sha('sha1', Buffer.from(content ?? [])));
      }
    },
  );

  test('with references is refused while one of them is not here, and complete when all are', async () => {
    const url = `${base}/bundle/tobs_0001.pmap.tar?references=true`;
    expect(await unpacked(url)).toEqual({
      status: 409,
      files: new Map([['', expect.stringContaining('hrc_drk.fits')]]),
    });
    const name = 'hrc_drk.fits';
    await writeFile(path.join(folder, name), linkedBytes);
    await anObservatory(server, 'tobs', [linked(name, linkedBytes.length)], { latest: 'tobs_0001.pmap' });
    const { files } = await unpacked(url);
    expect(files.get('references/tobs/acs/old_bia.fits')).toBe(sha('sha1', keptBytes));
    expect(files.get('references/tobs/hrc_drk.fits')).toBe(sha('sha1', linkedBytes));
  });

  test.each([
    'bundle/tobs_9999.pmap.tar',
    'bundle/tobs_acs_0001.imap.tar',
    'bundle/x.zip',
    'bundle/..%2f..%2fetc.tar',
  ])('%s is not there', async (address) => {
    expect((await fetch(`${base}/${address}`)).status).toBe(404);
  });
});

function raw(address: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.address);
    request({ hostname, port, path: address }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    })
      .on('error', reject)
      .end();
  });
}
