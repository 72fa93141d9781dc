import type { PandaJobFilter } from '@orrery/contracts/panda';
import type { Sql } from '../../core/db/index.ts';
import type { ErrorSource } from '../jobs/job.ts';
import { finalStates, isFinal, type JobState } from '../states.ts';
import { cleanHost } from '../workers/node.ts';
import { type Owners, ownersOf } from './owners.ts';
import { inSight, type Sight } from './sight.ts';

export interface JobFilter {
  sight: Sight;
  statuses?: readonly JobState[];
  queue?: string;
  owners?: Owners;
  taskId?: number;
  label?: string;
  share?: string;
  processingType?: string;
  resourceType?: string;
  vo?: string;
  workingGroup?: string;
  errorSource?: ErrorSource;
  errorCode?: number;
  node?: string;
  /** The beginning of the name. */
  namePrefix?: string;
  createdAfter?: Date;
  createdBefore?: Date;
  modifiedAfter?: Date;
  modifiedBefore?: Date;
}

const instants = ['createdAfter', 'createdBefore', 'modifiedAfter', 'modifiedBefore'] as const;

/** The filter of a query, narrowed to what the caller may see. */
export async function filterOf(sql: Sql, sight: Sight, query: PandaJobFilter): Promise<JobFilter> {
  const { status, task, text, owner, ...rest } = query;
  const plain = Object.entries(rest).filter(
    ([name, value]) => value !== undefined && !(instants as readonly string[]).includes(name),
  );
  const times = instants.flatMap((name) => {
    const value = query[name];
    return value === undefined ? [] : [[name, new Date(value)] as const];
  });
  return {
    ...(Object.fromEntries(plain) as Omit<
      PandaJobFilter,
      'status' | 'task' | 'text' | 'owner' | (typeof instants)[number]
    >),
    ...(Object.fromEntries(times) as Partial<Record<(typeof instants)[number], Date>>),
    sight,
    ...(status === undefined || status.length === 0 ? {} : { statuses: status }),
    ...(owner === undefined || owner === '' ? {} : { owners: await ownersOf(sql, owner) }),
    ...(task === undefined ? {} : { taskId: task }),
    ...(text === undefined || text === '' ? {} : { namePrefix: text }),
  };
}

/** The table of jobs that are not final, or the one of those that are. */
export type JobTable = 'live' | 'archive';

/** Tables that can hold jobs of the view. */
export function tablesOf({ statuses = [] }: JobFilter): JobTable[] {
  if (statuses.length === 0) return ['live', 'archive'];
  const wantsFinal = statuses.some(isFinal);
  return [
    ...(statuses.every(isFinal) ? [] : (['live'] as const)),
    ...(wantsFinal ? (['archive'] as const) : []),
  ];
}

/** Columns compared as they are. */
const columns = {
  queue: 'queue',
  taskId: 'task_id',
  label: 'label',
  share: 'share',
  processingType: 'processing_type',
  resourceType: 'resource_type',
  vo: 'vo',
  workingGroup: 'working_group',
  errorSource: 'error_source',
  errorCode: 'error_code',
} as const satisfies Partial<Record<keyof JobFilter, string>>;

const everything = (sql: Sql) => sql`true`;
/** A part of a statement. It is never awaited: that would send it. */
export type Fragment = ReturnType<typeof everything>;

/** All conditions of the filter. */
export function conditions(sql: Sql, filter: JobFilter): Fragment {
  const parts = [inSight(sql, filter.sight)];
  if (filter.statuses !== undefined) parts.push(inStates(sql, filter.statuses));
  for (const [name, column] of Object.entries(columns)) {
    const value = filter[name as keyof typeof columns];
    if (value !== undefined) parts.push(sql`${sql(column)} = ${value}`);
  }
  if (filter.node !== undefined) parts.push(onNode(sql, filter.node));
  if (filter.owners !== undefined) parts.push(byOwners(sql, filter.owners));
  if (filter.namePrefix !== undefined) parts.push(startsWith(sql, filter.namePrefix));
  if (filter.createdAfter !== undefined) parts.push(sql`created_at >= ${filter.createdAfter}`);
  if (filter.createdBefore !== undefined) parts.push(sql`created_at < ${filter.createdBefore}`);
  if (filter.modifiedAfter !== undefined) parts.push(sql`modified_at >= ${filter.modifiedAfter}`);
  if (filter.modifiedBefore !== undefined) parts.push(sql`modified_at < ${filter.modifiedBefore}`);
  return parts.reduce((all, part) => sql`${all} and ${part}`);
}

/** Of jobs and of tasks, which name their owner alike. */
export function byOwners(sql: Sql, { names, accountIds, pattern }: Owners): Fragment {
  if (pattern !== null) return sql`owner like ${pattern}`;
  return accountIds.length === 0
    ? sql`owner = any(${[...(names ?? [])]}::text[])`
    : sql`(owner = any(${[...(names ?? [])]}::text[]) or owner_account_id = any(${[...accountIds]}::bigint[]))`;
}

function inStates(sql: Sql, states: readonly JobState[]): Fragment {
  const [only, ...more] = states;
  return more.length === 0 && only !== undefined
    ? sql`status = ${only}`
    : sql`status = any(${[...states]}::text[])`;
}

/** On a slot of a machine (`slot1@host`) when one is named, else on any of it. */
function onNode(sql: Sql, node: string): Fragment {
  return node.includes('@') ? sql`${onHost(sql, node)} and node = ${node}` : onHost(sql, node);
}

function onHost(sql: Sql, node: string): Fragment {
  return sql`(node is not null and panda.host_of(node) = ${cleanHost(node)})`;
}

/** As a range of text_pattern_ops, which an index answers for any prefix that a statement is given. */
export function startsWith(sql: Sql, prefix: string): Fragment {
  return sql`(name ~>=~ ${prefix} and name ~<~ ${`${prefix}\u{10FFFF}`} and name <> '')`;
}

/** Conditions of which a job meets one or more, each with an index; none = along the job ids. */
export type Leads = readonly Fragment[];

/** Rows of a table along its leads, as they come first in the order of job ids. */
export function along(
  sql: Sql,
  table: JobTable,
  leads: Leads,
  { where, order, limit }: { where: Fragment; order: Fragment; limit: number },
): Fragment {
  const name = table === 'live' ? sql`panda.job` : sql`panda.job_archive`;
  const part = (lead: Fragment) =>
    sql`(select * from ${name} where ${lead} and ${where} order by ${order} limit ${limit})`;
  const [first = sql`true`, ...more] = leads;
  if (more.length === 0) return part(first);
  const all = more.reduce((some, lead) => sql`${some} union all ${part(lead)}`, part(first));
  return sql`(select distinct on (job_id) * from (${all}) together order by ${order} limit ${limit})`;
}

/**
 * The conditions whose indexes a table is read along, newest first. Every other condition is looked at row by row, so it
 * is the one that fewest jobs are likely to meet.
 */
export function leadsOf(sql: Sql, table: JobTable, filter: JobFilter): Leads {
  if (filter.taskId !== undefined) return [sql`task_id = ${filter.taskId}`];
  if (table === 'live') return liveLeads(sql, filter);
  if (filter.node !== undefined) return [onHost(sql, filter.node)];
  if (filter.errorSource !== undefined && filter.errorCode !== undefined)
    return [sql`error_source = ${filter.errorSource} and error_code = ${filter.errorCode}`];
  if (filter.owners !== undefined && filter.owners.names !== null) return ownerLeads(sql, filter.owners);
  const own = ownLeads(sql, filter.sight);
  if (own.length > 0) return own;
  if (filter.queue !== undefined) return [sql`queue = ${filter.queue}`];
  const final = filter.statuses?.filter(isFinal) ?? finalStates;
  return final.includes('finished') ? [] : [sql`status <> 'finished'`];
}

function ownerLeads(sql: Sql, { names, accountIds }: Owners): Leads {
  const leads = [
    ...(names ?? []).map((name) => sql`owner = ${name}`),
    ...accountIds.map((accountId) => sql`owner_account_id = ${accountId}`),
  ];
  return leads.length === 0 ? [sql`false`] : leads;
}

function liveLeads(sql: Sql, filter: JobFilter): Leads {
  const own = ownLeads(sql, filter.sight);
  if (own.length > 0) return own;
  if (filter.errorSource !== undefined || filter.errorCode !== undefined)
    return [sql`error_source is not null`];
  const isActivated = filter.statuses?.length === 1 && filter.statuses[0] === 'activated';
  return isActivated && filter.queue !== undefined
    ? [sql`queue = ${filter.queue} and status = 'activated'`]
    : [];
}

function ownLeads(sql: Sql, sight: Sight): Leads {
  return sight === 'all' || sight.scopes.length > 0 ? [] : [inSight(sql, sight)];
}
