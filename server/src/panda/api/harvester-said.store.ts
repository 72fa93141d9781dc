import type { PandaCommandQuery, PandaDialogQuery } from '@orrery/contracts/panda';
import type { Sql } from '../../core/db/index.ts';

/** The way to go from a place in a list; the place itself is not on the page. */
export interface From<Place> {
  direction: 'older' | 'newer';
  place: Place;
}

export interface DialogRow {
  dialogId: number;
  at: Date;
  level: string;
  module: string;
  identifier: string | null;
  message: string;
}

export type DialogPlace = Pick<DialogRow, 'at' | 'dialogId'>;

/** Messages that are looked at for one page; a search goes on behind them. */
const looksAtDialogs = 20_000;

export interface FoundDialogs {
  rows: DialogRow[];
  /** The last message that was looked at when not all were; null = all. */
  stoppedAt: DialogPlace | null;
}

/** Messages of a Harvester in the way of `from`, in which order they come. */
export async function listDialogs(
  sql: Sql,
  harvesterId: string,
  filter: Pick<PandaDialogQuery, 'level' | 'module' | 'text' | 'since' | 'until'>,
  limit: number,
  from?: From<DialogPlace>,
): Promise<FoundDialogs> {
  const { level, module, text, since, until } = filter;
  const isNewer = from?.direction === 'newer';
  const place =
    from === undefined ? null : sql`(${from.place.at}::timestamptz, ${from.place.dialogId}::bigint)`;
  const parts = [
    ...(place === null ? [] : [isNewer ? sql`(at, dialog_id) > ${place}` : sql`(at, dialog_id) < ${place}`]),
    ...(since === undefined ? [] : [sql`at >= ${new Date(since)}`]),
    ...(until === undefined ? [] : [sql`at < ${new Date(until)}`]),
  ].reduce((all, part) => sql`${all} and ${part}`, sql`true`);
  const terms = [
    ...(level === undefined || level.length === 0 ? [] : [sql`level = any(${[...level]}::text[])`]),
    ...(module === undefined ? [] : [sql`module = ${module}`]),
    ...(text === undefined
      ? []
      : [sql`strpos(lower(message || ' ' || coalesce(identifier, '')), ${text.toLowerCase()}) > 0`]),
  ];
  const wanted = terms.reduce((all, part) => sql`${all} and ${part}`, sql`true`);
  // Without a search every message that is looked at is shown.
  const most = terms.length === 0 ? limit : looksAtDialogs;
  const order = isNewer ? sql`order by at, dialog_id` : sql`order by at desc, dialog_id desc`;
  const rows = await sql<(DialogRow & { looked: number; lastAt: Date; lastId: number })[]>`
    with part as materialized (
      select dialog_id, at, level, module, identifier, message from panda.harvester_dialog
      where harvester_id = ${harvesterId} and ${parts} ${order} limit ${most}),
    found as (select * from part where ${wanted} ${order} limit ${limit}),
    last as (select at, dialog_id from part ${isNewer ? sql`order by at desc, dialog_id desc` : sql`order by at, dialog_id`} limit 1)
    select found.*, (select count(*)::int from part) as looked, last.at as last_at, last.dialog_id as last_id
    from last left join found on true ${isNewer ? sql`order by found.at, found.dialog_id` : sql`order by found.at desc, found.dialog_id desc`}`;
  const [first] = rows;
  const found = rows.filter(({ dialogId }) => dialogId !== null);
  const isCut = first !== undefined && first.looked === most && found.length < limit;
  return {
    rows: found.map(({ looked: _looked, lastAt: _at, lastId: _id, ...row }) => row),
    stoppedAt: isCut ? { at: first.lastAt, dialogId: first.lastId } : null,
  };
}

export interface CommandRow {
  commandId: number;
  command: string;
  params: string;
  ackRequested: boolean;
  status: 'new' | 'retrieved' | 'acknowledged';
  createdBy: string;
  createdAt: Date;
  retrievedAt: Date | null;
  acknowledgedAt: Date | null;
}

/** Orders to a Harvester in the way of `from`, in which order they come. */
export function listCommands(
  sql: Sql,
  harvesterId: string,
  { status }: Pick<PandaCommandQuery, 'status'>,
  limit: number,
  from?: From<number>,
): Promise<CommandRow[]> {
  const isNewer = from?.direction === 'newer';
  const beyond =
    from === undefined
      ? sql`true`
      : isNewer
        ? sql`command_id > ${from.place}`
        : sql`command_id < ${from.place}`;
  return sql<CommandRow[]>`
    select command_id, command, left(coalesce(params::text, ''), 2000) as params, ack_requested, status, created_by,
      created_at, retrieved_at, acknowledged_at
    from panda.harvester_command
    where harvester_id = ${harvesterId} and ${beyond}
      and ${status === undefined || status.length === 0 ? sql`true` : sql`status = any(${[...status]}::text[])`}
    order by command_id ${isNewer ? sql`` : sql`desc`} limit ${limit}`;
}

export interface MetricStep {
  host: string;
  name: string;
  /** Which step since the beginning. */
  step: number;
  value: number;
}

/** Rows that are read; a Harvester sends one every five minutes for each of its machines. */
const looksAtMetrics = 20_000;
/** Means of numbers beyond this say nothing. */
const largest = 1e15;

/** Figures by machine, name and step, as means; `stepSeconds` long each. */
export function listMetrics(
  sql: Sql,
  harvesterId: string,
  since: Date,
  stepSeconds: number,
): Promise<MetricStep[]> {
  return sql<MetricStep[]>`
    with part as materialized (
      select host, at, metrics from panda.harvester_metric
      where harvester_id = ${harvesterId} and at >= ${since} and at <= clock_timestamp() + interval '1 day'
        and jsonb_typeof(metrics) = 'object'
      order by at desc limit ${looksAtMetrics})
    select host, key as name, floor(extract(epoch from at - ${since}::timestamptz) / ${stepSeconds}::float8)::int as step,
      avg(greatest(least((value #>> '{}')::float8, ${largest}::float8), ${-largest}::float8)) as value
    from part cross join lateral jsonb_each(metrics) figure (key, value)
    where jsonb_typeof(value) = 'number' and length(key) <= 100
    group by 1, 2, 3 order by 1, 2, 3 limit 200000`;
}

/** The last figures of each machine, as they were sent. */
export function listLastMetrics(
  sql: Sql,
  harvesterId: string,
  since: Date,
): Promise<{ host: string; at: Date; metrics: unknown }[]> {
  return sql`
    select distinct on (host) host, at, metrics from panda.harvester_metric
    where harvester_id = ${harvesterId} and at >= ${since} order by host, at desc limit 100`;
}
