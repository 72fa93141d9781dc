import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { Access } from './access.ts';
import { moveFile, readWish } from './rucio.ts';
import { PandaServer } from './server.ts';
import { deterministicPath } from './storage.ts';

const folder = await temporaryFolder('rucio');
const stored = new Map<string, Buffer>();
const door = createServer((request, response) => {
  const url = request.url ?? '';
  if (url === '/cache/ddmendpoints.json') {
    const elsewhere = [{ endpoint: 'file://localhost', path: '/no/such/folder/' }];
    return void response.end(
      JSON.stringify({ DISK: { arprotocols: { read_lan: elsewhere, write_lan: elsewhere } } }),
    );
  }
  if (request.method === 'GET') {
    const bytes = stored.get(url);
    return void response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  }
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    if (request.headers.authorization !== 'Bearer secret') return void response.writeHead(401).end();
    stored.set(url, Buffer.concat(parts));
    response.writeHead(201).end();
  });
});
await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
afterAll(() => door.close());

await writeFile(path.join(folder, 'token'), 'secret');
const access = new Access({ tokenFile: path.join(folder, 'token'), origin: 'vo', forgetFile: false });
await access.load();
const address = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
const server = new PandaServer({ addresses: [address], access, userAgent: 'a test' });

test('an output goes through the server and comes back as an input', async () => {
  const file = path.join(folder, 'out.txt');
  await writeFile(file, 'some words');
  const up = readWish(
    `-v upload --rse DISK --scope user.a --guid G-1 --no-register --pfn file://localhost/x ${file}`.split(
      ' ',
    ),
  );
  if (up === 'help') throw new Error('no help was asked for');
  await moveFile(up.way, up.wish, server);
  const address = `/api/panda/storage/DISK/${deterministicPath('user.a', 'out.txt')}`;
  expect(String(stored.get(address))).toBe('some words');
  await mkdir(path.join(folder, 'in'));
  const down = readWish(
    `-v download --no-subdir --dir ${folder}/in --rses DISK --pfn file://localhost/x user.a:out.txt`.split(
      ' ',
    ),
  );
  if (down === 'help') throw new Error('no help was asked for');
  await moveFile(down.way, down.wish, server);
  expect(await readFile(path.join(folder, 'in/out.txt'), 'utf8')).toBe('some words');
});

test('what it cannot do it says, and does nothing', async () => {
  for (const words of [
    'list-dids x',
    'upload',
    'upload --rse DISK',
    'download --rses DISK nocolon',
    '--strange',
  ]) {
    expect(() => readWish(words.split(' '))).toThrow(/usage|nknown option/);
  }
  expect(readWish(['download', '-h'])).toBe('help');
  const wish = { endpoint: 'DISK', scope: 'user.a', lfn: 'absent', file: path.join(folder, 'absent') };
  await expect(moveFile('download', wish, server)).rejects.toThrow(/404/);
  await expect(moveFile('download', { ...wish, endpoint: 'OTHER' }, server)).rejects.toThrow(
    'no endpoint OTHER',
  );
  await expect(moveFile('upload', { ...wish, lfn: '../x' }, server)).rejects.toThrow('no name of a file');
});
