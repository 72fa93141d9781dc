import type { Sql, Tx } from '../../core/db/index.ts';

export interface NewCommand {
  harvesterId: string;
  command: string;
  params: unknown;
  isAckRequested?: boolean;
  /** Who or what orders it. */
  by: string;
}

export interface HarvesterCommand {
  commandId: number;
  command: string;
  params: unknown;
  isAckRequested: boolean;
  createdAt: Date;
}

/** Orders a Harvester to do something; it asks for its orders itself. */
export async function addCommands(sql: Sql, commands: readonly NewCommand[]): Promise<void> {
  if (commands.length === 0) return;
  await sql`
    insert into panda.harvester_command (harvester_id, command, params, ack_requested, created_by)
    select c->>'harvesterId', c->>'command', nullif(c->'params', 'null'), coalesce((c->>'isAckRequested')::boolean, false),
      c->>'by'
    from jsonb_array_elements(${JSON.stringify(commands)}::text::jsonb) with ordinality as e (c, n) order by n`;
}

/** As `addCommands`; orders of the same name that their Harvester has not taken yet are withdrawn. */
export async function replaceCommands(tx: Tx, commands: readonly NewCommand[]): Promise<void> {
  if (commands.length === 0) return;
  await tx`
    delete from panda.harvester_command where command_id in (
      select command_id from panda.harvester_command known
      join jsonb_array_elements(${JSON.stringify(commands)}::text::jsonb) c
        on known.harvester_id = c->>'harvesterId' and known.command = c->>'command'
      where known.status = 'new' order by command_id for update of known)`;
  await addCommands(tx, commands);
}

/**
 * Takes the oldest orders that nobody has taken. Two that ask at once get different ones; each sees its own in the order
 * they were given.
 */
export async function takeCommands(
  sql: Sql,
  harvesterId: string,
  limit: number,
): Promise<HarvesterCommand[]> {
  const taken = await sql<HarvesterCommand[]>`
    update panda.harvester_command set status = 'retrieved', status_since = clock_timestamp(), retrieved_at = clock_timestamp()
    where command_id in (
      select command_id from panda.harvester_command where harvester_id = ${harvesterId} and status = 'new'
      order by command_id limit ${limit} for update skip locked)
    returning command_id, command, params, ack_requested as is_ack_requested, created_at`;
  return taken.sort((a, b) => a.commandId - b.commandId);
}

/** Marks orders as done; numbers that are none are passed over, and acknowledged ones stay as they are. */
export async function acknowledgeCommands(sql: Sql, commandIds: readonly number[]): Promise<void> {
  if (commandIds.length === 0) return;
  await sql`
    update panda.harvester_command set status = 'acknowledged', status_since = clock_timestamp(), acknowledged_at = clock_timestamp()
    where status <> 'acknowledged' and command_id in (
      select command_id from panda.harvester_command where command_id = any(${[...commandIds]}::bigint[])
      order by command_id for update)`;
}

/** Withdraws an order that its Harvester has not taken yet. Null when it has, or there is none. */
export async function withdrawCommand(
  tx: Tx,
  harvesterId: string,
  commandId: number,
): Promise<{ command: string; params: unknown } | null> {
  const [row] = await tx<{ command: string; params: unknown }[]>`
    delete from panda.harvester_command
    where command_id = ${commandId} and harvester_id = ${harvesterId} and status = 'new'
    returning command, params`;
  return row ?? null;
}
