import type { OverdueQuery } from './module.ts';

/** One question after overdue work in place of several: longest overdue first, counts and deadlines of all of them. */
export function joinOverdue(parts: readonly OverdueQuery[]): OverdueQuery {
  return {
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
}
