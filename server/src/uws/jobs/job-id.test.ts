import { expect, test } from 'vitest';
import { newJobId } from './job-id.ts';

test('no id of a job begins with a letter that uws-client would cut off', () => {
  const ids = Array.from({ length: 2000 }, newJobId);
  expect(ids.filter((id) => /^[htps:/]/.test(id))).toEqual([]);
  expect(ids.every((id) => /^[a-z0-9]{26}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
});
