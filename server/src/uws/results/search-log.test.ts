import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineSearch } from './search-log.ts';

function search(text: string, q: string, cuts: number[] = []) {
  const lines = new LineSearch(q);
  const bytes = Buffer.from(text);
  let from = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    const to = Math.min(cut, bytes.length);
    lines.feed(bytes.subarray(from, to));
    from = to;
  }
  return lines.end();
}

describe('a search in a log', () => {
  test('counts every match, and says the lines and where they begin', () => {
    expect(search('Error: one\nfine\nerror error\n', 'error')).toEqual({
      matches: 3,
      lines: 2,
      hits: [
        { line: 1, fromByte: 0, text: 'Error: one' },
        { line: 3, fromByte: 16, text: 'error error' },
      ],
    });
  });

  test('bytes are counted, not characters', () => {
    expect(search('σσ\nΣ Ori', 'σ').hits.map(({ line, fromByte }) => [line, fromByte])).toEqual([
      [1, 0],
      [2, 5],
    ]);
  });

  test('takes the text as it stands: signs of expressions mean nothing', () => {
    expect(search('a.c\nabc\n(a+)+\n', 'a.c').matches).toBe(1);
    expect(search('(a+)+\n', '(a+)+').matches).toBe(1);
  });

  test('names the first thousand lines and counts the others', () => {
    const found = search('x\n'.repeat(5000), 'x');
    expect([found.matches, found.lines, found.hits.length, found.hits.at(-1)?.line]).toEqual([
      5000, 5000, 1000, 1000,
    ]);
  });

  test('keeps only the beginning of a long line', () => {
    expect(search(`${'y'.repeat(100_000)}x`, 'x').hits[0]?.text.length).toBe(300);
  });

  test('a long line of half matches takes one pass', () => {
    expect(search('a'.repeat(2_000_000), `${'a'.repeat(100)}b`).matches).toBe(0);
  });

  test('finds the same however the text is cut', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '\n'), maxLength: 60 });
    const wanted = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(letters, wanted, fc.array(fc.nat(60)), (text, q, cuts) => {
        expect(search(text, q, cuts)).toEqual(search(text, q));
        const expected = text
          .toLowerCase()
          .split('\n')
          .map((line) => line.split(q).length - 1);
        expect(search(text, q).matches).toBe(expected.reduce((sum, n) => sum + n, 0));
        expect(search(text, q).lines).toBe(expected.filter((n) => n > 0).length);
      }),
    );
  });
});
