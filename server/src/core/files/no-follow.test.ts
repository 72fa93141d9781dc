import { execFileSync } from 'node:child_process';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { listBeneath, openBeneath } from './no-follow.ts';

const root = await temporaryFolder('no-follow');

/** The folder of a job, with one honest result and a secret beside it. */
async function aJobFolder(): Promise<string> {
  const folder = await temporaryFolder('job', root);
  await mkdir(path.join(folder, 'out', 'deep'), { recursive: true });
  await writeFile(path.join(folder, 'out', 'deep', 'image.fits'), 'SIMPLE');
  return folder;
}

async function textOf(folder: string, relative: string): Promise<string> {
  const handle = await openBeneath(folder, relative);
  try {
    return (await handle.readFile()).toString();
  } finally {
    await handle.close();
  }
}

test('a plain file is opened, however deep', async () => {
  const folder = await aJobFolder();
  expect(await textOf(folder, 'out/deep/image.fits')).toBe('SIMPLE');
  expect(await textOf(folder, './out//deep/./image.fits')).toBe('SIMPLE');
});

test.each(['/etc/passwd', '../secret', 'out/../../secret', '..', '', '.', 'out/\0', '/'])(
  'the path "%s" is refused',
  async (relative) => {
    const folder = await aJobFolder();
    await expect(openBeneath(folder, relative)).rejects.toMatchObject({ code: 'files.path-outside' });
  },
);

test('a symbolic link is not followed, wherever it points', async () => {
  const folder = await aJobFolder();
  await symlink('/etc/passwd', path.join(folder, 'result.txt'));
  await symlink('out/deep/image.fits', path.join(folder, 'inside.fits'));
  await symlink('/nowhere', path.join(folder, 'dangling'));
  for (const name of ['result.txt', 'inside.fits', 'dangling']) {
    await expect(openBeneath(folder, name)).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'files.path-not-regular',
    });
  }
});

test('a folder that is a symbolic link is not passed', async () => {
  const folder = await aJobFolder();
  await symlink('/etc', path.join(folder, 'etc'));
  await symlink('/', path.join(folder, 'out', 'top'));
  for (const name of ['etc/passwd', 'out/top/etc/passwd']) {
    await expect(openBeneath(folder, name)).rejects.toMatchObject({ code: 'files.path-not-regular' });
  }
});

test('a FIFO does not block, and is refused', async () => {
  const folder = await aJobFolder();
  execFileSync('mkfifo', [path.join(folder, 'pipe')]);
  await expect(openBeneath(folder, 'pipe')).rejects.toMatchObject({ code: 'files.path-not-regular' });
});

test('devices, sockets and folders are refused', async () => {
  const folder = await aJobFolder();
  const server = createServer().listen(path.join(folder, 'socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  await expect(openBeneath(folder, 'socket')).rejects.toMatchObject({ code: 'files.path-not-regular' });
  server.close();
  await expect(openBeneath(folder, 'out')).rejects.toMatchObject({ code: 'files.path-not-regular' });
  await expect(openBeneath('/dev', 'zero')).rejects.toMatchObject({ code: 'files.path-not-regular' });
});

test('a file that is not there is missing, also below a file', async () => {
  const folder = await aJobFolder();
  await expect(openBeneath(folder, 'out/none')).rejects.toMatchObject({ code: 'files.path-missing' });
  await expect(openBeneath(folder, 'n'.repeat(300))).rejects.toMatchObject({ code: 'files.path-missing' });
  await expect(openBeneath(folder, 'out/deep/image.fits/more')).rejects.toMatchObject({
    code: 'files.path-not-regular',
  });
});

test('a folder that is swapped for a link while it is read gives nothing from outside', async () => {
  const folder = await aJobFolder();
  const secret = await temporaryFolder('secret', root);
  await writeFile(path.join(secret, 'image.fits'), 'SECRET');
  await symlink(secret, path.join(folder, 'link'));
  let swapping = true;
  const swaps = (async () => {
    const [deep, away, link] = ['out/deep', 'away', 'link'].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    while (swapping) {
      await rename(deep, away);
      await rename(link, deep);
      await rename(deep, link);
      await rename(away, deep);
    }
  })();
  const seen = new Set<string>();
  for (let round = 0; round < 500; round++) {
    seen.add(await textOf(folder, 'out/deep/image.fits').catch((error: { code: string }) => error.code));
  }
  swapping = false;
  await swaps;
  expect(seen).toContain('SIMPLE');
  expect(seen).not.toContain('SECRET');
});

test('files are listed with their sizes, in order, without links, pipes and what they lead to', async () => {
  const folder = await aJobFolder();
  await writeFile(path.join(folder, 'a.log'), 'four');
  await symlink('/etc', path.join(folder, 'etc'));
  await symlink('/etc/passwd', path.join(folder, 'b.log'));
  execFileSync('mkfifo', [path.join(folder, 'c.log')]);
  const all = await listBeneath(folder, { maxFiles: 10 });
  expect(all.map(({ path: name, sizeBytes }) => [name, sizeBytes])).toEqual([
    ['a.log', 4],
    ['out/deep/image.fits', 6],
  ]);
  const some = async (...globs: string[]) =>
    (await listBeneath(folder, { globs, maxFiles: 10 })).map((file) => file.path);
  expect(await some('*.log')).toEqual(['a.log']);
  expect(await some('**/*.fits')).toEqual(['out/deep/image.fits']);
  expect(await some('out/*.fits', 'none')).toEqual([]);
});

test('more files than allowed are an error', async () => {
  const folder = await aJobFolder();
  for (const name of ['1', '2', '3']) await writeFile(path.join(folder, name), name);
  await expect(listBeneath(folder, { globs: ['?'], maxFiles: 2 })).rejects.toMatchObject({
    code: 'files.too-many',
  });
  expect(await listBeneath(folder, { globs: ['?'], maxFiles: 3 })).toHaveLength(3);
});

test('a flood of entries ends the listing, even when none of them is wanted', async () => {
  const folder = await temporaryFolder('flood', root);
  for (let name = 0; name < 10_001; name++) await symlink('x', path.join(folder, String(name)));
  await expect(listBeneath(folder, { maxFiles: 5 })).rejects.toMatchObject({ code: 'files.too-many' });
});

test('a folder nested too deep is not descended for ever', async () => {
  const folder = await temporaryFolder('nested', root);
  const deep = path.join(folder, ...Array.from({ length: 60 }, () => 'd'));
  await mkdir(deep, { recursive: true });
  await writeFile(path.join(deep, 'file'), '');
  expect(await listBeneath(folder, { maxFiles: 10 })).toEqual([]);
});

test('no path whatever leaves the folder', async () => {
  const folder = await aJobFolder();
  await writeFile(path.join(root, 'secret'), 'SECRET');
  const part = fc.oneof(
    fc.constantFrom('..', '.', '', 'out', 'deep', 'secret', 'image.fits', '~'),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
      const text = await textOf(folder, parts.join('/')).catch(() => 'refused');
      expect(['refused', 'SIMPLE']).toContain(text);
    }),
    { numRuns: 300 },
  );
});
