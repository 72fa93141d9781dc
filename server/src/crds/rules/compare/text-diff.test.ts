import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchingLines } from './matching-lines.ts';
import { unifiedDiff } from './text-diff.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd', '    }),', ''), { maxLength: 30 });

/** A unified difference applied to the old text, as `patch` does it. */
function patched(text: string, diff: string): string {
  const old = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  let at = 0;
  for (const line of diff.split('\n').slice(2, -1)) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+/.exec(line);
    if (hunk !== null) {
      const start = Number(hunk[1]) - (hunk[2] === '0' ? 0 : 1);
      while (at < start) result.push(old[at++] ?? '');
    } else if (line.startsWith('\\')) {
      result.push((result.pop() ?? '').slice(0, -1));
    } else {
      const isOld = line[0] !== '+';
      if (isOld) expect(old[at++]?.replace(/\n$/, '')).toBe(line.slice(1));
      if (line[0] !== '-') result.push(`${line.slice(1)}\n`);
    }
  }
  return result.join('') + old.slice(at).join('');
}

describe('a difference of texts', () => {
  it('shows changed lines with three around them', () => {
    const old = ['1', '2', '3', '4', '5', '6', '7', '8', '9', ''].join('\n');
    const current = old.replace('5\n', 'five\n5b\n');
    expect(unifiedDiff('old.rmap', 'new.rmap', old, current)).toBe(`--- old.rmap
+++ new.rmap
@@ -2,7 +2,8 @@
 2
 3
 4
-5
+five
+5b
 6
 7
 8
`);
  });

  it('is empty for equal texts and complete for texts without anything in common', () => {
    expect(unifiedDiff('a', 'b', 'x\n', 'x\n')).toBe('');
    expect(unifiedDiff('a', 'b', '', 'x\n')).toBe('--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n');
    expect(unifiedDiff('a', 'b', 'x\ny\n', '')).toBe('--- a\n+++ b\n@@ -1,2 +0,0 @@\n-x\n-y\n');
  });

  it('says when the last line does not end', () => {
    expect(unifiedDiff('a', 'b', 'x', 'x\n')).toBe(
      '--- a\n+++ b\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n',
    );
  });

  it('keeps changes apart that are far from each other', () => {
    const old = Array.from({ length: 40 }, (_, number) => `${number}\n`).join('');
    const diff = unifiedDiff('a', 'b', old, old.replace('\n5\n', '\n').replace('\n30\n', '\nx\n'));
    expect(diff.match(/^@@.*@@$/gm)).toEqual(['@@ -3,7 +3,6 @@', '@@ -28,7 +27,7 @@']);
  });

  it('makes the new text of the old one', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const old = before.map((line) => `${line}\n`).join('');
        const current = after.map((line) => `${line}\n`).join('');
        const diff = unifiedDiff('a', 'b', old, current);
        expect(diff === '' ? old : patched(old, diff)).toBe(current);
      }),
      { numRuns: 500 },
    );
  });
});

describe('matching lines', () => {
  it('are equal lines in the order of both texts', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        let last: readonly [number, number] = [-1, -1];
        for (const pair of matchingLines(before, after)) {
          expect(before[pair[0]]).toBe(after[pair[1]]);
          expect(pair[0]).toBeGreaterThan(last[0]);
          expect(pair[1]).toBeGreaterThan(last[1]);
          last = pair;
        }
      }),
    );
  });

  it('are as many as there can be when one text is part of the other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(99).map(String), fc.boolean()), { maxLength: 40 }), (all) => {
        const part = all.filter(([, isKept]) => isKept).map(([line]) => line);
        expect(matchingLines(part, part)).toHaveLength(part.length);
        const unique = [...new Set(part)];
        expect(matchingLines(unique, [...unique, 'new'])).toHaveLength(unique.length);
      }),
    );
  });

  it('are found in large texts that repeat themselves', () => {
    const before = Array.from({ length: 60_000 }, (_, at) => String(at % 7));
    const after = Array.from({ length: 60_000 }, (_, at) => String(at % 11));
    expect(matchingLines(before, after).length).toBeGreaterThan(6);
  });
});
