import { afterAll, expect, test } from 'vitest';
import { createThreads } from '../../../core/threads/index.ts';
import { readApart, renderPickle } from './index.ts';

const threads = createThreads({ max: 1 });
afterAll(() => threads.stop());

const read = (pickle: string): Promise<unknown> => readApart(threads, Buffer.from(pickle, 'latin1'));

test('a short pickle is read at once, a long one in a thread, with the same outcome', async () => {
  const job = { PandaID: 1, name: 'a', files: ['x', null, true, 1.5] };
  expect(await read(renderPickle([job]))).toEqual([job]);
  expect(threads.counts().threads).toBe(0);
  const jobs = Array.from({ length: 1234 }, (_, n) => ({ ...job, PandaID: n }));
  expect(await read(renderPickle(jobs))).toEqual(jobs);
  expect(threads.counts().threads).toBe(1);
});

test('a long pickle that is no list comes back whole', async () => {
  const text = 'x'.repeat(50_000);
  expect(await read(renderPickle({ text }))).toEqual({ text });
});

test('a long pickle that names something to run is refused with the same sentence as a short one', async () => {
  const hostile = (padding: number): string => `S'${'x'.repeat(padding)}'\n0cos\nsystem\n(S'true'\ntR.`;
  const refusals = await Promise.all(
    [1, 100_000].map((padding) => read(hostile(padding)).catch((error: unknown) => error)),
  );
  expect(refusals[0]).toMatchObject({ name: 'Error', message: expect.stringContaining('os') });
  expect(String(refusals[1])).toBe(String(refusals[0]));
});
