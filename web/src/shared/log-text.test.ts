import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findHits, lineAtByte, lineBytes } from './log-text.ts';

test('lines are found in upper and lower case, colours left out', () => {
  expect(findHits(['an \u001b[31mErr\u001b[0mor', 'fine', 'ERROR'], 'error')).toEqual([0, 2]);
  expect(findHits(['a'], '')).toEqual([]);
});

test('a line is found by the byte it begins at, wherever the loaded part begins', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'σ', '\u{1f600}') }), { minLength: 1 }),
      fc.nat(1e9),
      (lines, first) => {
        const starts = lineBytes(lines, first);
        const end = first + new TextEncoder().encode(`${lines.join('\n')}\n`).length;
        lines.forEach((_, index) => {
          expect(lineAtByte(starts, end, starts[index] ?? -1)).toBe(index);
        });
        expect([lineAtByte(starts, end, first - 1), lineAtByte(starts, end, end)]).toEqual([null, null]);
      },
    ),
  );
});
