import {
  type PandaErrorClass,
  PandaErrorQuery,
  type PandaErrorRow,
  type PandaErrorSummary,
} from '@orrery/contracts/panda';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { App } from '../../core/http/index.ts';
import { apiConfig } from './config.ts';
import { errorClass, errorMeaning } from './error-meanings.ts';
import {
  type CounterGroup,
  countByCounters,
  countByJobs,
  countEndedJobs,
  type ErrorCount,
  type ErrorFilter,
  findExample,
  isJobGroup,
  type JobGroup,
  looksAt,
} from './errors.store.ts';
import { ownersOf } from './owners.ts';
import { type Sight, sightOf } from './sight.ts';

const mostRows = 200;
/** Rows that get a sample of their texts. */
const withExample = 30;
const mostFigures = 96;
const hourMs = 3_600_000;

/** Why jobs fail, counted. */
export function errorRoutes(scope: App, core: Core): void {
  scope.get(
    '/api/panda/errors',
    { schema: { querystring: PandaErrorQuery }, config: apiConfig('panda.read') },
    (request) => summarize(core, request.query as PandaErrorQuery, sightOf(request.identity)),
  );
}

async function summarize(core: Core, query: PandaErrorQuery, sight: Sight): Promise<PandaErrorSummary> {
  const startedMs = performance.now();
  const { by = 'code', hours = 24, task, owner, class: wanted, ...rest } = query;
  refuseGrouping(by, query);
  const { sql } = core.db;
  const now = core.clock.now();
  const thisHour = Math.floor(now.getTime() / hourMs) * hourMs;
  const since = new Date(thisHour - (hours - 1) * hourMs);
  const filter: ErrorFilter = {
    ...rest,
    since,
    ...(task === undefined ? {} : { taskId: task }),
    ...(owner === undefined || owner === '' ? {} : { owners: await ownersOf(sql, owner) }),
  };
  const isOfSome = filter.taskId !== undefined || filter.owners !== undefined;
  const { rows: counts, looked } =
    isJobGroup(by) || (isOfErrors(by) && isOfSome)
      ? await countByJobs(sql, by, filter, sight)
      : { rows: await countByCounters(sql, by, filter), looked: 0 };
  const holdsFailuresOnly = isOfErrors(by) || isJobGroup(by);
  const kept = wanted === undefined ? counts : counts.filter((each) => classOf(each) === wanted);
  const groups = [...Map.groupBy(kept, (each) => (by === 'class' ? classOf(each) : each.key)).entries()]
    .map(([key, group]) => rowOf({ key, by, group }, since, hours, holdsFailuresOnly))
    .filter(({ failed }) => failed > 0)
    .toSorted((a, b) => b.failed - a.failed || (a.key < b.key ? -1 : 1));
  const rows = groups.slice(0, mostRows);
  for (const row of rows.slice(0, withExample)) {
    if (row.source !== null && row.code !== null)
      row.example = await findExample(sql, { source: row.source, code: row.code }, filter, sight);
  }
  const sum = (name: 'failed' | 'ended' | 'lost') => kept.reduce((all, count) => all + count[name], 0);
  return {
    rows,
    failed: sum('failed'),
    ended: isOfSome
      ? await countEndedJobs(sql, filter, sight)
      : holdsFailuresOnly
        ? await countEnded(core, filter)
        : sum('ended'),
    lostCoreSeconds: sum('lost'),
    since: since.toISOString(),
    hidden: groups.length - rows.length,
    exact: looked < looksAt,
    tookMs: performance.now() - startedMs,
  };
}

function isOfErrors(by: CounterGroup | JobGroup): by is 'code' | 'class' {
  return by === 'code' || by === 'class';
}

/** Throws `panda.grouping-refused` for what the counters do not know. */
function refuseGrouping(by: CounterGroup | JobGroup, query: PandaErrorQuery): void {
  const isOfJobs = query.task !== undefined || query.owner !== undefined;
  const filter = !isJobGroup(by) && !isOfErrors(by) && isOfJobs ? 'a task or an owner' : 'a class';
  if (filter === 'a class' && (query.class === undefined || isOfErrors(by))) return;
  throw new AppError('invalid', 'panda.grouping-refused', `Errors by ${by} are not counted for ${filter}.`, {
    next: 'Ask for a task or an owner by code, class, owner, task or node; for a class by code or class.',
  });
}

/** Whose matter it is; a failure without an error is nobody's. */
function classOf({ source, code }: ErrorCount): PandaErrorClass {
  return source === null || code === null ? 'unknown' : errorClass(source, code);
}

/** All that ended, where the groups hold failures only. */
async function countEnded({ db }: Core, filter: ErrorFilter): Promise<number> {
  const counts = await countByCounters(db.sql, 'label', filter);
  return counts.reduce((all, { ended }) => all + ended, 0);
}

function rowOf(
  { key, by, group }: { key: string; by: CounterGroup | JobGroup; group: readonly ErrorCount[] },
  since: Date,
  hours: number,
  isFailuresOnly: boolean,
): PandaErrorRow {
  const [first] = group;
  const { source, code } = by === 'class' || first === undefined ? { source: null, code: null } : first;
  const sum = (name: 'failed' | 'ended' | 'lost') => group.reduce((all, count) => all + count[name], 0);
  return {
    key: by === 'code' && source === null ? 'none' : key,
    source,
    code,
    meaning: source === null || code === null ? null : errorMeaning(source, code),
    class: first !== undefined && isOfErrors(by) ? classOf(first) : null,
    failed: sum('failed'),
    ended: isFailuresOnly ? null : sum('ended'),
    lostCoreSeconds: sum('lost'),
    example: null,
    spark: sparkOf(group, since, hours),
  };
}

function sparkOf(group: readonly ErrorCount[], since: Date, hours: number): number[] {
  const perFigure = Math.ceil(hours / mostFigures);
  const spark = Array.from({ length: Math.ceil(hours / perFigure) }, () => 0);
  for (const { hour, failed } of group) {
    const at = Math.floor((hour.getTime() - since.getTime()) / hourMs / perFigure);
    if (at >= 0 && at < spark.length) spark[at] = (spark[at] ?? 0) + failed;
  }
  return spark;
}
