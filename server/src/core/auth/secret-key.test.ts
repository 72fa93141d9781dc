import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { createSecretKey, loadSecretKey } from './index.ts';

const folder = await temporaryFolder('secret-key');
const fresh = () => path.join(folder, randomBytes(6).toString('hex'));

test('what is sealed opens again, under the same key only', () => {
  const key = createSecretKey(randomBytes(32));
  const other = createSecretKey(randomBytes(32));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (plain) => {
      const sealed = key.seal(plain);
      expect(key.open(sealed)).toEqual(Buffer.from(plain));
      expect(() => other.open(sealed)).toThrow(expect.objectContaining({ code: 'auth.secret-key-wrong' }));
    }),
    { numRuns: 50 },
  );
});

test('a changed or shortened secret does not open', () => {
  const key = createSecretKey(randomBytes(32));
  const sealed = key.seal(Buffer.from('private'));
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => key.open(changed)).toThrow(expect.objectContaining({ code: 'auth.secret-key-wrong' }));
    expect(() => key.open(sealed.subarray(0, index))).toThrow(
      expect.objectContaining({ code: 'auth.secret-key-wrong' }),
    );
  }
});

test('processes that start together make one file, readable by its owner only', async () => {
  const data = fresh();
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadSecretKey({ data })));
  const sealed = keys[0]?.seal(Buffer.from('same')) ?? Buffer.alloc(0);
  for (const key of keys) expect(key.open(sealed).toString()).toBe('same');
  expect(await readdir(data)).toEqual(['secret.key']);
  expect((await stat(path.join(data, 'secret.key'))).mode & 0o777).toBe(0o600);
  expect(await readFile(path.join(data, 'secret.key'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
});

test('a key from the settings is taken and no file is made', async () => {
  const data = fresh();
  const secretKey = randomBytes(32).toString('hex');
  const sealed = (await loadSecretKey({ data, secretKey })).seal(Buffer.from('x'));
  expect((await loadSecretKey({ data: fresh(), secretKey: `${secretKey}\n` })).open(sealed).toString()).toBe(
    'x',
  );
  await expect(stat(data)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a key that is none is refused with what to do', async () => {
  await expect(loadSecretKey({ data: fresh(), secretKey: 'password' })).rejects.toMatchObject({
    code: 'auth.secret-key-invalid',
  });
  const data = fresh();
  await loadSecretKey({ data });
  await writeFile(path.join(data, 'secret.key'), 'oops');
  await expect(loadSecretKey({ data })).rejects.toMatchObject({ code: 'auth.secret-key-invalid' });
});

test('a purpose gives its own key, always the same one', async () => {
  const secretKey = '11'.repeat(32);
  const one = await loadSecretKey({ data: fresh(), secretKey });
  const two = await loadSecretKey({ data: fresh(), secretKey });
  expect(one.derive('links')).toEqual(two.derive('links'));
  expect(one.derive('links')).not.toEqual(one.derive('other'));
});
