import { expect, test } from 'vitest';
import { createLanes } from './lanes.ts';

test('work of one key is done in the order asked, also behind work that fails', async () => {
  const inOrder = createLanes<number>();
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = inOrder(1, async () => {
    await gate.promise;
    done.push('first');
    throw new Error('broken');
  });
  const second = inOrder(1, async () => done.push('second'));
  const other = inOrder(2, async () => done.push('other'));
  await other;
  expect(done).toEqual(['other']);
  gate.resolve();
  await expect(first).rejects.toThrow('broken');
  expect(await second).toBe(3);
  expect(done).toEqual(['other', 'first', 'second']);
});

test('a key whose work has ended begins anew', async () => {
  const inOrder = createLanes<string>();
  for (const n of [1, 2, 3]) expect(await inOrder('a', async () => n)).toBe(n);
});
