import type { OverdueQuery } from '../core/module.ts';
import { contextsOverdue } from './contexts/overdue.ts';
import { wrongFilesOverdue } from './scrub/health.ts';

/** Each feature watches its own objects. */
const parts: readonly OverdueQuery[] = [contextsOverdue, wrongFilesOverdue];

/** Everything of this service that is past its deadline, longest overdue first. */
export const crdsOverdue: OverdueQuery = {
  async find(sql, now, limit, account, config) {
    const found = await Promise.all(parts.map((part) => part.find(sql, now, limit, account, config)));
    return {
      total: found.reduce((sum, { total }) => sum + total, 0),
      rows: found
        .flatMap(({ rows }) => rows)
        .toSorted((a, b) => a.deadline.getTime() - b.deadline.getTime())
        .slice(0, limit),
    };
  },
  async watched(sql, now, account, config) {
    const watched = await Promise.all(parts.map((part) => part.watched(sql, now, account, config)));
    const deadlines = watched.flatMap(({ nextDeadline }) =>
      nextDeadline === null ? [] : [nextDeadline.getTime()],
    );
    return {
      count: watched.reduce((sum, { count }) => sum + count, 0),
      nextDeadline: deadlines.length === 0 ? null : new Date(Math.min(...deadlines)),
    };
  },
};
