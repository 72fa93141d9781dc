import type { PandaNodeFilter } from '@orrery/contracts/panda';
import type { Sql } from '../../core/db/index.ts';

export interface GpuRow {
  vendor: string;
  model: string;
  gpus: number;
  memoryMb: number | null;
  architecture: string | null;
  framework: string | null;
  frameworkVersion: string | null;
  driverVersion: string | null;
  lastSeenAt: Date | string;
}

export interface NodeRow {
  site: string;
  host: string;
  cpuModel: string;
  cpuModelNormalized: string;
  logicalCpus: number | null;
  sockets: number | null;
  coresPerSocket: number | null;
  threadsPerCore: number | null;
  architecture: string | null;
  architectureLevel: string | null;
  clockMhz: number | null;
  memoryMb: number | null;
  diskGb: number | null;
  firstSeenAt: Date;
  lastSeenAt: Date;
}

export interface ListedNode extends NodeRow {
  gpus: GpuRow[];
  queues: string[];
}

/** A place in the order of the list. */
export interface NodePlace {
  lastSeenAt: Date;
  site: string;
  host: string;
  cpuModel: string;
}

export interface NodeFrom {
  direction: 'older' | 'newer';
  place: NodePlace;
}

/** Anywhere in the text, without regard to case and with no sign of a pattern. */
function holds(sql: Sql, column: 'host' | 'cpu_model', text: string) {
  return sql`strpos(lower(n.${sql(column)}), ${text.toLowerCase()}) > 0`;
}

function conditions(sql: Sql, filter: PandaNodeFilter) {
  const { site, queue, host, cpu, level, gpu, cores, memoryMb, since } = filter;
  const parts = [
    ...(site === undefined ? [] : [sql`n.site = ${site}`]),
    ...(queue === undefined
      ? []
      : [sql`(n.site, n.host) in (select site, host from panda.worker_node_queue where queue = ${queue})`]),
    ...(host === undefined ? [] : [holds(sql, 'host', host)]),
    ...(cpu === undefined ? [] : [holds(sql, 'cpu_model', cpu)]),
    ...(level === undefined ? [] : [sql`n.architecture_level = ${level}`]),
    ...(gpu === undefined ? [] : [hasGpu(sql, gpu.toLowerCase())]),
    ...(cores === undefined ? [] : [sql`n.logical_cpus >= ${cores}`]),
    ...(memoryMb === undefined ? [] : [sql`n.memory_mb >= ${memoryMb}`]),
    ...(since === undefined ? [] : [sql`n.last_seen_at >= ${new Date(since)}`]),
  ];
  return parts.reduce((all, part) => sql`${all} and ${part}`, sql`true`);
}

function hasGpu(sql: Sql, text: string) {
  const isIt = text === 'any' ? sql`true` : sql`strpos(lower(g.vendor || ' ' || g.model), ${text}) > 0`;
  return sql`(n.site, n.host) in (select g.site, g.host from panda.worker_node_gpu g where ${isIt})`;
}

/** Last seen first. */
export async function listNodes(
  sql: Sql,
  filter: PandaNodeFilter,
  limit: number,
  from?: NodeFrom,
): Promise<ListedNode[]> {
  const isNewer = from?.direction === 'newer';
  const { lastSeenAt, site, host, cpuModel } = from?.place ?? { site: '', host: '', cpuModel: '' };
  const key = sql`(n.last_seen_at, n.site, n.host, n.cpu_model)`;
  const place = sql`(${lastSeenAt ?? null}::timestamptz, ${site}, ${host}, ${cpuModel})`;
  const beyond = from === undefined ? sql`true` : isNewer ? sql`${key} > ${place}` : sql`${key} < ${place}`;
  const order = isNewer
    ? sql`order by last_seen_at, site, host, cpu_model`
    : sql`order by last_seen_at desc, site desc, host desc, cpu_model desc`;
  const rows = await sql<ListedNode[]>`
    select page.*, coalesce(g.gpus, '[]') as gpus, coalesce(q.queues, '{}') as queues
    from (select n.* from panda.worker_node n where ${conditions(sql, filter)} and ${beyond} ${order} limit ${limit}) page
    left join lateral (
      select jsonb_agg(jsonb_build_object('vendor', vendor, 'model', model, 'gpus', gpus, 'memoryMb', memory_mb,
        'architecture', architecture, 'framework', framework, 'frameworkVersion', framework_version,
        'driverVersion', driver_version, 'lastSeenAt', last_seen_at) order by vendor, model) as gpus
      from panda.worker_node_gpu g where g.site = page.site and g.host = page.host) g on true
    left join lateral (
      select array_agg(queue order by last_seen_at desc, queue) as queues
      from panda.worker_node_queue q where q.site = page.site and q.host = page.host) q on true
    ${order}`;
  return isNewer ? [...rows].reverse() : [...rows];
}

/** As the planner guesses. */
export async function guessNodes(sql: Sql, filter: PandaNodeFilter): Promise<number> {
  const [plan] = await sql<Record<string, Array<{ Plan: { 'Plan Rows': number } }>>[]>`
    explain (format json) select from panda.worker_node n where ${conditions(sql, filter)}`;
  return Object.values(plan ?? {})[0]?.[0]?.Plan['Plan Rows'] ?? 0;
}

/** What pilots have said of one machine; once for each kind of processor, the last seen first. */
export async function findNode(sql: Sql, site: string, host: string): Promise<ListedNode[]> {
  const nodes = await sql<NodeRow[]>`
    select * from panda.worker_node where site = ${site} and host = ${host} order by last_seen_at desc limit 20`;
  const gpus = await sql<GpuRow[]>`
    select vendor, model, gpus, memory_mb, architecture, framework, framework_version, driver_version, last_seen_at
    from panda.worker_node_gpu where site = ${site} and host = ${host} order by vendor, model limit 100`;
  const queues = await listNodeQueues(sql, site, host);
  return nodes.map((node) => ({ ...node, gpus: [...gpus], queues: queues.map(({ queue }) => queue) }));
}

/** Queues that a machine was seen in, the last ones first. */
export function listNodeQueues(
  sql: Sql,
  site: string,
  host: string,
): Promise<{ queue: string; lastSeenAt: Date }[]> {
  return sql`
    select queue, last_seen_at from panda.worker_node_queue where site = ${site} and host = ${host}
    order by last_seen_at desc, queue limit 50`;
}
