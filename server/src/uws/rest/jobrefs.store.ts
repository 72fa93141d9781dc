import type { UwsPhase } from '@orrery/contracts/uws';
import type { Sql } from '../../core/db/index.ts';
import type { Jobref } from '../jobs/jobs.wire.ts';
import { conditions, type JobFilter, type Place } from '../jobs/list.store.ts';

/**
 * 64 bits over everything in a jobref that can change; the rest never does while the job has its id. No phase is
 * the beginning of another one, so phase and run id cannot run into each other.
 */
const hash = (sql: Sql) => sql`hashtextextended(job_id || phase || coalesce(run_id, E'\\x01'), 0)`;

/** A text or null as one field of a line. */
const field = (sql: Sql, column: string) => sql`
  coalesce(replace(replace(replace(${sql(column)}, E'\\\\', E'\\\\\\\\'), E'\\t', E'\\\\t'), E'\\n', E'\\\\n'), E'\\\\N')`;

const jobrefColumns = (sql: Sql) => sql`job_id, phase, run_id, owner_id, created_at`;

/** The order of a list follows from its members, so their number and the sum of their hashes say all of it. */
const state = (sql: Sql) => sql`count(*)::int as count, coalesce(bit_xor(${hash(sql)}), 0)::text as sum`;

interface State {
  count: number;
  sum: string;
}

const stateOf = ({ count, sum }: State) => `${count}:${sum}`;

/**
 * The jobs of a list, newest first, at most `limit`, after a place, and the state they are in together. They come
 * as one text with a line each: a list may have thousands, and a value in a row of its own costs ten times as much.
 */
export async function readJobrefs(
  sql: Sql,
  filter: JobFilter,
  limit: number,
  after?: Place,
): Promise<{ rows: Jobref[]; state: string }> {
  const older =
    after === undefined ? sql`` : sql`and (created_at, job_id) < (${after.createdAt}, ${after.jobId})`;
  const [row] = await sql<[State & { lines: string | null }]>`
    select ${state(sql)}, string_agg(job_id || E'\\t' || phase || E'\\t' || (created_at at time zone 'UTC')::text
        || E'\\t' || ${field(sql, 'run_id')} || E'\\t' || ${field(sql, 'owner_id')}, E'\\n'
        order by created_at desc, job_id desc) as lines
    from (select ${jobrefColumns(sql)} from uws.job where ${conditions(sql, filter)} ${older}
      order by created_at desc, job_id desc limit ${limit}) as shown`;
  return { rows: row.lines === null ? [] : row.lines.split('\n').map(readLine), state: stateOf(row) };
}

/** What `readJobrefs` would say of the state, computed where the rows are: nothing is sent and nothing rendered. */
export async function readListState(
  sql: Sql,
  filter: JobFilter,
  limit: number,
): Promise<{ count: number; state: string }> {
  const [row] = await sql<[State]>`
    select ${state(sql)} from (
      select ${jobrefColumns(sql)} from uws.job where ${conditions(sql, filter)}
      order by created_at desc, job_id desc limit ${limit}) as shown`;
  return { count: row.count, state: stateOf(row) };
}

function readLine(line: string): Jobref {
  const [jobId = '', phase = '', time = '', runId = '', ownerId = ''] = line.split('\t');
  return {
    jobId,
    phase: phase as UwsPhase,
    runId: readField(runId),
    ownerId: readField(ownerId),
    creationTime: asInstant(time),
  };
}

/** `2026-11-22 05:38:17.3` as it is written in documents; the database leaves zeros at the end away. */
function asInstant(time: string): string {
  return `${time.slice(0, 10)}T${time.slice(11, 19)}.${time.slice(20).padEnd(3, '0')}Z`;
}

const escaped: Record<string, string> = { '\\\\': '\\', '\\t': '\t', '\\n': '\n' };

function readField(field: string): string | null {
  if (!field.includes('\\')) return field;
  return field === '\\N' ? null : field.replace(/\\[\\tn]/g, (sign) => escaped[sign] ?? sign);
}
