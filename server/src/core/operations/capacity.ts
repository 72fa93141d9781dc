import type { Sql } from '../db/index.ts';
import { lostAfterSeconds } from './processes.ts';

export interface FamilyLoad {
  name: string;
  perSecond: number;
  meanMs: number;
  busy: number;
}

export interface CapacityFigures {
  meanMs: number;
  perSecond: number;
  hosts: number;
  slotsPerHost: number;
  busy: number;
  room: number;
  since: string | null;
  families: FamilyLoad[];
  openWaits: number;
  openStreams: number;
  eventLoopDelayP99Ms: number;
}

const windowMinutes = 5;

/**
 * Is A×R < M×W? A = mean processing time, R = requests per second, both over the last five minutes; M = hosts
 * with web processes; W = requests a host can work on at a time: its web processes times the database
 * connections of each, since a request of ours spends its time there.
 */
export async function measureCapacity(sql: Sql): Promise<CapacityFigures> {
  const families = await sql<Array<{ family: string; requests: number; totalMs: number; since: Date }>>`
    select family, sum(requests)::int as requests, sum(total_ms) as total_ms, min(minute) as since
    from core.request_minute
    where minute > clock_timestamp() - make_interval(mins => ${windowMinutes})
    group by family order by sum(total_ms) desc`;
  const [web] = await sql<
    Array<{ hosts: number; slots: number; waits: number; streams: number; delay: number; upSeconds: number }>
  >`
    select count(distinct host)::int as hosts, coalesce(sum(slots), 0)::int as slots,
           coalesce(sum(open_waits), 0)::int as waits, coalesce(sum(open_streams), 0)::int as streams,
           coalesce(max(loop_delay_p99_ms), 0) as delay,
           coalesce(extract(epoch from clock_timestamp() - min(started_at)), 0)::float8 as up_seconds
    from core.process
    where role in ('all', 'web') and not draining
      and seen_at > clock_timestamp() - make_interval(secs => ${lostAfterSeconds})`;
  const { hosts = 0, slots = 0, waits = 0, streams = 0, delay = 0, upSeconds = 0 } = web ?? {};
  const seconds = Math.max(1, Math.min(windowMinutes * 60, upSeconds));
  const loads = families.map(({ family, requests, totalMs }) => ({
    name: family,
    perSecond: requests / seconds,
    meanMs: requests === 0 ? 0 : totalMs / requests,
    busy: totalMs / 1000 / seconds,
  }));
  const requests = families.reduce((sum, family) => sum + family.requests, 0);
  const totalMs = families.reduce((sum, family) => sum + family.totalMs, 0);
  const since = families.reduce<Date | null>(
    (oldest, family) => (oldest === null || family.since < oldest ? family.since : oldest),
    null,
  );
  return {
    meanMs: requests === 0 ? 0 : totalMs / requests,
    perSecond: requests / seconds,
    hosts,
    slotsPerHost: hosts === 0 ? 0 : slots / hosts,
    busy: totalMs / 1000 / seconds,
    room: slots,
    since: since?.toISOString() ?? null,
    families: loads,
    openWaits: waits,
    openStreams: streams,
    eventLoopDelayP99Ms: delay,
  };
}
