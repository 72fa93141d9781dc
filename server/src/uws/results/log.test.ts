import { expect, test } from 'vitest';
import { lastLineOf } from './log.ts';

test.each([
  ['the last line', 'first\nsecond\n', 'second'],
  ['no empty line', 'first\n  \n\n', 'first'],
  ['nothing when there is nothing', '\n \n', ''],
  ['no NUL, which no text of the database may hold', 'a\0b\n', 'a\ufffdb'],
])('of what a script wrote its owner is told %s', (_what, text, line) => {
  expect(lastLineOf(Buffer.from(text))).toBe(line);
});

test('a long last line is cut between characters, never inside one', () => {
  const line = lastLineOf(Buffer.from(`${'0'.repeat(499)}\u{1f600}and more\n`));
  expect(line.isWellFormed()).toBe(true);
  expect(line).toBe(`${'0'.repeat(499)}\u{1f600}`);
});

test('bytes that are no UTF-8 become signs that can be stored', () => {
  expect(lastLineOf(Buffer.from([0x61, 0xff, 0xf0, 0x9f, 0x0a]))).toBe('a\ufffd\ufffd');
});
