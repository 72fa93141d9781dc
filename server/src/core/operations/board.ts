import type { Board, HealthRow } from '@orrery/contracts';
import { type AuditRow, listAudit } from '../audit/index.ts';
import type { Identity } from '../auth/index.ts';
import type { Core } from '../core.ts';
import { messageOf } from '../errors.ts';
import type { ServiceModule } from '../module.ts';
import { measureCapacity } from './capacity.ts';

type OverdueObject = Board['overdue'][number];
type ThroughputRow = Board['throughput'][number];

/** At most so many overdue objects are shown on the first page; the total is always exact. */
const overdueShown = 50;

/**
 * Everything the first page shows, gathered from the core and every service. An operator sees all of it; others see
 * which of their own objects are overdue, and of the rest no names, no reasons and no acts of people.
 */
export async function readBoard(
  core: Core,
  modules: readonly ServiceModule[],
  identity: Identity,
): Promise<Board> {
  const now = core.clock.now();
  const operates = identity.may('core.operate');
  const [overdue, capacity, throughput, health, schedules, changes] = await Promise.all([
    readOverdue(core, modules, now, operates ? undefined : identity.name),
    measureCapacity(core.db.sql),
    readThroughput(core, modules, now),
    checkHealth(core, modules),
    core.schedules.list(),
    identity.may('core.audit') ? listAudit(core.db.sql, { limit: 8 }) : { rows: [] },
  ]);
  return {
    at: now.toISOString(),
    ...overdue,
    capacity,
    throughput,
    health: operates ? health : health.map(withoutReason),
    next: schedules.map(scheduleRow).sort(byNextDue).slice(0, 8),
    changes: changes.rows.map(auditRow),
  };
}

/** What ails the server is told to all, its paths and figures to those who can do something. */
function withoutReason({ name, state }: HealthRow): HealthRow {
  const words = { good: 'in order', partial: 'works with limits', bad: 'out of order' };
  return { name, state, message: words[state] };
}

async function readOverdue(
  core: Core,
  modules: readonly ServiceModule[],
  now: Date,
  account: string | undefined,
) {
  const parts = await Promise.all(
    modules.flatMap(({ name, overdue }) =>
      overdue === undefined
        ? []
        : [
            Promise.all([
              overdue.find(core.db.sql, now, overdueShown, account, core.config),
              overdue.watched(core.db.sql, now, account, core.config),
            ]).then(([found, watched]) => ({ service: name, found, watched })),
          ],
    ),
  );
  const rows: OverdueObject[] = parts.flatMap(({ service, found }) =>
    found.rows.map(({ since, deadline, ...row }) => ({
      service,
      ...row,
      since: since.toISOString(),
      deadline: deadline.toISOString(),
      overdueSeconds: (now.getTime() - deadline.getTime()) / 1000,
    })),
  );
  const deadlines = parts.flatMap(({ watched }) =>
    watched.nextDeadline === null ? [] : [watched.nextDeadline.getTime()],
  );
  return {
    overdue: rows.sort((a, b) => b.overdueSeconds - a.overdueSeconds).slice(0, overdueShown),
    overdueTotal: parts.reduce((sum, { found }) => sum + found.total, 0),
    overdueByService: Object.fromEntries(parts.map(({ service, found }) => [service, found.total])),
    watched: parts.reduce((sum, { watched }) => sum + watched.count, 0),
    nextDeadline: deadlines.length === 0 ? null : new Date(Math.min(...deadlines)).toISOString(),
  };
}

async function readThroughput(
  core: Core,
  modules: readonly ServiceModule[],
  now: Date,
): Promise<ThroughputRow[]> {
  const parts = await Promise.all(
    modules.map(async ({ name, title, throughput }) =>
      ((await throughput?.(core.db.sql, now)) ?? []).map((line) => ({ service: name, title, ...line })),
    ),
  );
  return parts.flat();
}

/** Every health check; one that fails by itself is `bad` with the reason. */
export async function checkHealth(core: Core, modules: readonly ServiceModule[]): Promise<HealthRow[]> {
  const checks = modules.flatMap(({ health }) => health ?? []);
  return Promise.all(
    checks.map(async ({ name, check }) => {
      try {
        return { name, ...(await check(core)) };
      } catch (error) {
        return { name, state: 'bad' as const, message: `The check failed: ${messageOf(error)}` };
      }
    }),
  );
}

type ListedSchedule = Awaited<ReturnType<Core['schedules']['list']>>[number];

export function scheduleRow(schedule: ListedSchedule): Board['next'][number] {
  return {
    name: schedule.name,
    period: schedule.period,
    nextDue: schedule.nextDue?.toISOString() ?? null,
    lastStarted: schedule.lastStarted?.toISOString() ?? null,
    lastDurationMs: schedule.lastDurationMs,
    lastOutcome: schedule.lastOutcome,
    ranOn: schedule.ranOn,
    running: schedule.running,
    paused: schedule.paused,
    pausedWhy: schedule.pausedWhy,
  };
}

export function auditRow(change: AuditRow): Board['changes'][number] {
  const { auditId, at, actor, action, objectKind, objectId, details } = change;
  return { id: auditId, at: at.toISOString(), actor, action, objectKind, objectId, details };
}

function byNextDue(a: { nextDue: string | null }, b: { nextDue: string | null }): number {
  return (a.nextDue ?? '9').localeCompare(b.nextDue ?? '9');
}
