import type { PandaJobFilter } from '@orrery/contracts/panda';
import type { Sql } from '../../core/db/index.ts';
import type { ErrorSource } from '../jobs/job.ts';
import { finalStates, isFinal, type JobState } from '../states.ts';
import { cleanHost } from '../workers/node.ts';
import { inSight, type Sight } from './sight.ts';

export interface JobFilter {
  sight: Sight;
  statuses?: readonly JobState[];
  queue?: string;
  owner?: string;
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
export function filterOf(sight: Sight, query: PandaJobFilter): JobFilter {
  const { status, task, text, ...rest } = query;
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
      'status' | 'task' | 'text' | (typeof instants)[number]
    >),
    ...(Object.fromEntries(times) as Partial<Record<(typeof instants)[number], Date>>),
    sight,
    ...(status === undefined || status.length === 0 ? {} : { statuses: status }),
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
  owner: 'owner',
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
  if (filter.namePrefix !== undefined) parts.push(startsWith(sql, filter.namePrefix));
  if (filter.createdAfter !== undefined) parts.push(sql`created_at >= ${filter.createdAfter}`);
  if (filter.createdBefore !== undefined) parts.push(sql`created_at < ${filter.createdBefore}`);
  if (filter.modifiedAfter !== undefined) parts.push(sql`modified_at >= ${filter.modifiedAfter}`);
  if (filter.modifiedBefore !== undefined) parts.push(sql`modified_at < ${filter.modifiedBefore}`);
  return parts.reduce((all, part) => sql`${all} and ${part}`);
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

/**
 * The condition whose index a table is read along, newest first. Every other condition is looked at row by row, so it is
 * the one that fewest jobs are likely to meet; null = along the job ids.
 */
export function leadOf(sql: Sql, table: JobTable, filter: JobFilter): Fragment | null {
  if (filter.taskId !== undefined) return sql`task_id = ${filter.taskId}`;
  if (table === 'live') return liveLead(sql, filter);
  if (filter.node !== undefined) return onHost(sql, filter.node);
  if (filter.errorSource !== undefined && filter.errorCode !== undefined)
    return sql`error_source = ${filter.errorSource} and error_code = ${filter.errorCode}`;
  if (filter.owner !== undefined) return sql`owner = ${filter.owner}`;
  const own = ownLead(sql, filter.sight);
  if (own !== null) return own;
  if (filter.queue !== undefined) return sql`queue = ${filter.queue}`;
  const final = filter.statuses?.filter(isFinal) ?? finalStates;
  return final.includes('finished') ? null : sql`status <> 'finished'`;
}

function liveLead(sql: Sql, filter: JobFilter): Fragment | null {
  const own = ownLead(sql, filter.sight);
  if (own !== null) return own;
  if (filter.errorSource !== undefined || filter.errorCode !== undefined)
    return sql`error_source is not null`;
  const isActivated = filter.statuses?.length === 1 && filter.statuses[0] === 'activated';
  return isActivated && filter.queue !== undefined
    ? sql`queue = ${filter.queue} and status = 'activated'`
    : null;
}

function ownLead(sql: Sql, sight: Sight): Fragment | null {
  if (sight === 'all' || sight.scopes.length > 0) return null;
  return inSight(sql, sight);
}
