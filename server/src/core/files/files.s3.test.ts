import { afterAll, describe, expect, test } from 'vitest';
import { filesConformance } from '../../../../test/conformance/files.suite.ts';
import { testDatabase } from '../../../../test/support/database.ts';
import { freePort, startS3Server } from '../../../../test/support/s3-server.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { silentLog } from '../log.ts';
import { createFiles } from './files.ts';
import { connectS3 } from './s3-client.ts';
import { createS3Store } from './s3-store.ts';

const server = await startS3Server();

if (typeof server === 'string') {
  console.error(`files on S3 are NOT tested: ${server}`);
  describe.skip(`files on S3 (${server})`, () => {
    test('the conformance suite', () => {});
  });
} else {
  const db = await testDatabase();
  const root = await temporaryFolder('files-s3');
  const options = {
    endpoint: `${server.origin}/files`,
    region: 'eu-west-1',
    accessKeyId: 'test',
    secretAccessKey: 'test',
    partBytes: 5 * 1024 ** 2,
  };
  const store = createS3Store(options);
  afterAll(async () => {
    await server.stop();
  });

  test('a bucket that is not there is told at start', async () => {
    await expect(store.start()).rejects.toMatchObject({ code: 'files.bucket-missing' });
    await connectS3(options).createBucket();
    await store.start();
  });

  describe('files on S3', () => {
    filesConformance({
      db,
      files: createFiles({ db, log: silentLog, store }),
      store,
      folder: () => temporaryFolder('folder', root),
      reach: ['s3', JSON.stringify(options)],
    });
  });

  test('an object is never overwritten', async () => {
    const s3 = connectS3(options);
    const once: Record<string, string> = { 'if-none-match': '*' };
    await s3.putObject('shared/aa/x', 'first', 'text/plain', undefined, once);
    const again = s3.putObject('shared/aa/x', 'second', 'text/plain', undefined, once);
    await expect(again).rejects.toMatchObject({ status: 412 });
    await s3.deleteObject('shared/aa/x');
  });
}

test('an S3 store without address or keys is refused', () => {
  expect(() => createS3Store({ endpoint: 'http://127.0.0.1:1/b' })).toThrow(
    expect.objectContaining({ code: 'files.s3-settings-missing' }),
  );
});

test('a store that does not answer is busy', async () => {
  const endpoint = `http://127.0.0.1:${await freePort()}/files`;
  const away = createS3Store({ endpoint, accessKeyId: 'a', secretAccessKey: 'b' });
  await expect(away.size('shared/aa/x')).rejects.toMatchObject({
    kind: 'busy',
    code: 'files.store-unreachable',
  });
});
