import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partLines } from './text-parts.ts';

const part = (start: number, text: string) => ({ start, end: start + text.length, text });

test('a whole file is its lines, numbered', () => {
  expect(partLines(part(0, 'a\r\nb\n'), null).map(({ text, number }) => [number, text])).toEqual([
    [1, 'a'],
    [2, 'b'],
  ]);
});

test('between the first and the last part it says how much is left out, and lines after it have no number', () => {
  const lines = partLines(part(0, 'one\ntw'), part(900, 'alf\nlast\n'));
  expect(lines.map(({ text, number, gapBytes }) => [text, number, gapBytes])).toEqual([
    ['one', 1, 0],
    ['tw', 2, 894],
    ['last', null, 0],
  ]);
});

test('parts that meet are one text', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(50), (text, cut) => {
      const lines = partLines(part(0, text.slice(0, cut)), part(Math.min(cut, text.length), text.slice(cut)));
      expect(lines).toEqual(partLines(part(0, text), null));
    }),
  );
});

test('a line without end is cut', () => {
  expect(partLines(part(0, 'x'.repeat(50_000)), null)[0]?.text.length).toBe(10_001);
});
