import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { cacheClients, legacy, v1 } from '../../../../test/support/panda-uploads.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { MB } from './upload-limits.ts';

const server = await testServer([panda]);
const { app } = server;
const { user, other, pilot, upload, call, old, get } = await cacheClients(server);

test('a log of the task engine is put as a whole, and read from its address', async () => {
  const sent = (await upload(v1('upload_jedi_log'), 'task 1.log', 'one', pilot)).json();
  expect(sent).toMatchObject({
    success: true,
    data: expect.stringMatching(/\/cache\/jedilog\/task%201\.log$/),
  });
  const url = (await upload(legacy('uploadLog'), 'task 1.log', 'two', pilot)).body;
  expect(url).toBe(sent.data);
  expect((await get('jedilog/task%201.log')).body).toBe('two');
  expect((await upload(legacy('uploadLog'), 'task 1.log', 'three', user)).body).toBe(
    'ERROR: cannot overwrite file',
  );
});

test('a log grows by packed pieces, also when several write it at once, and is read from an offset', async () => {
  const append = (text: string, token = pilot) =>
    upload(v1('update_jedi_log'), 'grows.log', deflateSync(text), token);
  expect((await append('0123')).json()).toMatchObject({ success: true });
  expect((await upload(legacy('updateLog'), 'grows.log', deflateSync('45'), pilot)).body).toBe('True');
  await Promise.all(['a', 'b', 'c', 'd'].map((sign) => append(sign)));
  const read = (offset: string) => old('fetchLog', { logName: 'grows.log', offset });
  expect(await read('2')).toMatch(/^ 2345[abcd]{4}$/);
  expect([...(await read('6')).trim()].sort().join('')).toBe('abcd');
  for (const offset of ['-1', '10', '1e300', 'x\0']) expect((await read(offset)).startsWith(' ')).toBe(true);
  expect(await read('10')).toBe(' ');
  const v1Read = await app.inject({
    method: 'GET',
    url: v1('download_jedi_log?log_name=grows.log&offset=4'),
  });
  expect(v1Read.body).toMatch(/^ 45[abcd]{4}$/);
  expect((await upload(v1('update_jedi_log'), 'grows.log', 'not packed', pilot)).json()).toMatchObject({
    success: false,
    message: expect.stringMatching(/^ERROR: cannot update file with/),
  });
  expect((await upload(legacy('updateLog'), 'grows.log', deflateSync('x'), user)).body).toMatch(/^ERROR/);
  const bomb = deflateSync(Buffer.alloc(64 * MB));
  expect((await upload(v1('update_jedi_log'), 'grows.log', bomb, pilot)).json()).toMatchObject({
    success: false,
  });
});

test('a checkpoint replaces the one before, and is its owner’s', async () => {
  const send = async (name: string, token = user) =>
    (await upload(v1('upload_hpo_checkpoint'), name, 'state', token)).json();
  expect(await send('10000001_3')).toEqual({
    success: true,
    message: 'Successfully placed at /cache/hpo_cp_10000001_3',
    data: '/cache/hpo_cp_10000001_3',
  });
  expect(await send('10000001_3')).toMatchObject({ success: true });
  expect(await send('10000001_3', other)).toMatchObject({ success: false });
  for (const name of ['x', '1_2_3', 'a_b', '1_']) {
    expect(await send(name)).toMatchObject({ message: 'Failed to extract task and sub IDs' });
  }
  expect(JSON.parse((await upload(legacy('put_checkpoint'), '7_1', 'x')).body)).toMatchObject({
    status: true,
  });
  expect(await call('delete_hpo_checkpoint', { task_id: '10000001', sub_id: '3' }, other)).toMatchObject({
    success: false,
  });
  expect(await call('delete_hpo_checkpoint', { task_id: 10000001, sub_id: 3 })).toMatchObject({
    success: true,
  });
  expect((await get('hpo_cp_10000001_3')).statusCode).toBe(404);
  expect(JSON.parse(await old('delete_checkpoint', { task_id: '7', sub_id: '1' }))).toMatchObject({
    status: true,
  });
  expect(JSON.parse(await old('delete_checkpoint', { task_id: '7', sub_id: '\0' }))).toMatchObject({
    status: false,
  });
});
