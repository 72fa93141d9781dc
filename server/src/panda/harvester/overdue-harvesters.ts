import { Value } from 'typebox/value';
import { type Config, settingsOf } from '../../core/config/index.ts';
import type { Sql } from '../../core/db/index.ts';
import type { OverdueQuery } from '../../core/module.ts';
import { pandaSettings } from '../settings.ts';
import { harvesterSettings } from './settings.ts';

function minutesOf(config: Config | undefined): number {
  if (config !== undefined) return settingsOf(config, 'panda', pandaSettings).harvester.overdueMinutes;
  return Value.Parse(harvesterSettings, Value.Create(harvesterSettings)).overdueMinutes;
}

/** Harvesters whose heartbeat somebody waits for: they came once, and serve a queue that is not offline or have workers. */
function awaited(sql: Sql) {
  return sql`
    select h.harvester_id, h.description, h.host, h.last_seen_at from panda.harvester h
    where h.last_seen_at is not null and (
      exists (select from panda.queue q where q.document->>'harvester' = h.harvester_id and q.status <> 'offline')
      or exists (select from panda.worker w where w.harvester_id = h.harvester_id
        and w.status in ('submitted', 'ready', 'running', 'idle')))`;
}

interface Silent {
  harvesterId: string;
  host: string | null;
  lastSeenAt: Date;
  deadline: Date;
  total: number;
}

/** Harvesters that have gone silent: then no worker is submitted, and nobody tells of those that run. */
export const overdueHarvesters: OverdueQuery = {
  async find(sql, _now, limit, account, config) {
    if (account !== undefined) return { total: 0, rows: [] };
    const minutes = minutesOf(config);
    const rows = await sql<Silent[]>`
      with awaited as (${awaited(sql)})
      select harvester_id, host, last_seen_at, last_seen_at + make_interval(mins => ${minutes}) as deadline,
        count(*) over ()::int as total
      from awaited where last_seen_at < clock_timestamp() - make_interval(mins => ${minutes})
      order by last_seen_at limit ${limit}`;
    return {
      total: rows[0]?.total ?? 0,
      rows: rows.map(({ harvesterId, host, lastSeenAt, deadline }) => ({
        kind: 'Harvester',
        id: harvesterId,
        name: harvesterId,
        href: `/ui/work/harvesters/${encodeURIComponent(harvesterId)}`,
        why: 'It has sent no heartbeat; it submits no workers, and tells of none.',
        since: lastSeenAt,
        deadline,
        owner: host === null ? 'Harvester' : `Harvester on ${host}`,
        nextStep: 'See whether its service runs and reaches this server, and its log.',
      })),
    };
  },
  async watched(sql, now, account, config) {
    if (account !== undefined) return { count: 0, nextDeadline: null };
    const [row] = await sql<{ count: number; next: Date | null }[]>`
      with awaited as (${awaited(sql)})
      select count(*)::int as count, min(last_seen_at + make_interval(mins => ${minutesOf(config)}))
        filter (where last_seen_at + make_interval(mins => ${minutesOf(config)}) > ${now}) as next
      from awaited`;
    return { count: row?.count ?? 0, nextDeadline: row?.next ?? null };
  },
};
