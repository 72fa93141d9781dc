import type { CrdsTextDifference } from '@orrery/contracts/crds';
import { unifiedDiff } from '../rules/index.ts';

/** Lines of hunks that one answer has; one hunk is given whole, however long. */
const mostLines = 5000;

/** A part of the difference of two texts, from a hunk on. */
export function textDifference(
  [old, current]: readonly [string, string],
  [oldText, newText]: readonly [string, string],
  from: number,
): CrdsTextDifference {
  const hunks = hunksOf(unifiedDiff(old, current, oldText, newText));
  const shown: CrdsTextDifference['hunks'] = [];
  let lines = 0;
  for (const hunk of hunks.slice(from)) {
    if (shown.length > 0 && lines + hunk.lines.length > mostLines) break;
    shown.push(hunk);
    lines += hunk.lines.length;
  }
  const count = (mark: string) =>
    hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.startsWith(mark)).length, 0);
  const next = from + shown.length;
  return {
    old,
    new: current,
    added: count('+'),
    deleted: count('-'),
    hunks: shown,
    total: hunks.length,
    next: next < hunks.length ? next : null,
  };
}

function hunksOf(diff: string): CrdsTextDifference['hunks'] {
  const hunks: CrdsTextDifference['hunks'] = [];
  for (const line of diff.split('\n').slice(2)) {
    const [, oldFrom, newFrom] = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line) ?? [];
    if (oldFrom !== undefined) hunks.push({ oldFrom: Number(oldFrom), newFrom: Number(newFrom), lines: [] });
    else if (line !== '') hunks.at(-1)?.lines.push(line);
  }
  return hunks;
}
