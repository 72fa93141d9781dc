import { expect, test } from 'vitest';
import { Progress, type ProgressReport } from './progress.ts';

test('a step counts at most its share, and all of it once it has ended', () => {
  const reports: ProgressReport[] = [];
  const progress = new Progress((report) => reports.push(report));
  progress.expect(100);
  progress.begin('core.event', 50);
  progress.add(500);
  progress.begin('files', 50);
  progress.finish();
  expect(reports[0]).toMatchObject({ what: 'core.event', percent: 0 });
  expect(reports.at(-1)).toMatchObject({ what: 'done', percent: 100 });
  expect(reports.every(({ percent }) => percent >= 0 && percent <= 100)).toBe(true);
});

test('nothing to do is 100 percent', () => {
  const reports: ProgressReport[] = [];
  const progress = new Progress((report) => reports.push(report));
  progress.expect(0);
  progress.finish();
  expect(reports.at(-1)?.percent).toBe(100);
});
