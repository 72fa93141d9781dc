import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffLines, foldedDiff } from './diff.ts';

const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 });

describe('the difference of two texts', () => {
  test('keeps what is common and marks what went and came', () => {
    const shown = diffLines('{\n"a": 1,\n"b": 2\n}', '{\n"a": 1,\n"b": 3,\n"c": 4\n}');
    expect(shown.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'same {',
      'same "a": 1,',
      'gone "b": 2',
      'new "b": 3,',
      'new "c": 4',
      'same }',
    ]);
  });

  test('both texts can be read from it, with their line numbers', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const lines = diffLines(a.join('\n'), b.join('\n'));
        const before = lines.filter(({ kind }) => kind !== 'new');
        const after = lines.filter(({ kind }) => kind !== 'gone');
        expect(before.map((line) => line.text)).toEqual(a);
        expect(after.map((line) => line.text)).toEqual(b);
        expect(before.map((line) => line.before)).toEqual(a.map((_, index) => index + 1));
        expect(after.map((line) => line.after)).toEqual(b.map((_, index) => index + 1));
      }),
    );
  });

  test('equal texts have none', () => {
    fc.assert(
      fc.property(text, (a) => {
        expect(diffLines(a.join('\n'), a.join('\n')).every(({ kind }) => kind === 'same')).toBe(true);
      }),
    );
  });

  test('is folded to what differs, and says how many lines are left out', () => {
    const many = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const folded = foldedDiff(diffLines(many.join('\n'), many.with(20, 'other').join('\n')), 2);
    expect(folded.map((each) => (typeof each === 'number' ? each : each.kind))).toEqual([
      18,
      'same',
      'same',
      'gone',
      'new',
      'same',
      'same',
      17,
    ]);
  });
});
