import { expect, test } from 'vitest';
import { isSaidIn, sayOnce } from './said-once.ts';

test.each([
  ['the disk is full', '', 'The disk is full'],
  ['the disk is full', 'The disk is full.', 'The disk is full'],
  [
    'the disk is full',
    'write failed: the disk is full, /dev/sda1',
    'Write failed: the disk is full, /dev/sda1',
  ],
  ['the disk is full', '3 GB of 2 GB', '3 GB of 2 GB (the disk is full)'],
])('of %j and %j is said %j', (meaning, diag, said) => {
  expect(sayOnce(meaning, diag)).toBe(said);
});

test('a part of a word is not what was said', () => {
  expect(isSaidIn('it asks for 4000 MB', '400')).toBe(false);
  expect(isSaidIn('It asks for 4000 MB.', 'asks for 4000')).toBe(true);
});
