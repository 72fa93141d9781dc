import type { OverdueQuery } from '../core/module.ts';
import { overdueHarvesters } from './harvester/overdue-harvesters.ts';
import { overdueJobs } from './watch/overdue.ts';

const parts: readonly OverdueQuery[] = [overdueJobs, overdueHarvesters];

/** Everything of PanDA that may be past its deadline, longest overdue first. */
export const overdueWork: OverdueQuery = {
  async find(sql, now, limit, account, config) {
    const found = await Promise.all(parts.map((part) => part.find(sql, now, limit, account, config)));
    return {
      total: found.reduce((sum, { total }) => sum + total, 0),
      rows: found
        .flatMap(({ rows }) => rows)
        .sort((a, b) => a.deadline.getTime() - b.deadline.getTime())
        .slice(0, limit),
    };
  },
  async watched(sql, now, account, config) {
    const found = await Promise.all(parts.map((part) => part.watched(sql, now, account, config)));
    const deadlines = found.flatMap(({ nextDeadline }) =>
      nextDeadline === null ? [] : [nextDeadline.getTime()],
    );
    return {
      count: found.reduce((sum, { count }) => sum + count, 0),
      nextDeadline: deadlines.length === 0 ? null : new Date(Math.min(...deadlines)),
    };
  },
};
