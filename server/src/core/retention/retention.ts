import { setTimeout as pause } from 'node:timers/promises';
import { type Db, dropOldPartitions, ensurePartitions, listMissingPartitions } from '../db/index.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RetentionRule } from '../module.ts';

/** What became of one table. */
export interface Kept {
  table: string;
  what: string;
  /** Days that rows are kept now; null = for ever. */
  days: number | null;
  rowsDeleted: number;
  partitionsMade: string[];
  partitionsDropped: string[];
  /** Days, today or tomorrow, without a partition: an alarm. */
  partitionsMissing: string[];
  /** Why it stopped; the other tables were done all the same. */
  error: string | null;
}

export interface RetentionOptions {
  /** Rows deleted in one transaction. */
  batch?: number;
  /** Pause between two of them, so that other work gets its turn. */
  pauseMs?: number;
  signal?: AbortSignal;
}

/**
 * Deletes what is older than the rules allow; `overrides` are the operator's days by table. Partitioned tables get
 * the partitions of the coming days and lose the old ones. May be stopped anywhere and run again.
 */
export async function applyRetention(
  { db, log }: { db: Db; log: Log },
  rules: readonly RetentionRule[],
  overrides: Readonly<Record<string, number>> = {},
  options: RetentionOptions = {},
): Promise<Kept[]> {
  const outcome: Kept[] = [];
  for (const rule of rules) {
    options.signal?.throwIfAborted();
    const days = overrides[rule.table] ?? rule.days;
    outcome.push(await applyRule(db, log, { ...rule, days }, options));
  }
  return outcome;
}

async function applyRule(db: Db, log: Log, rule: RetentionRule, options: RetentionOptions): Promise<Kept> {
  const { table, what, days } = rule;
  const kept: Kept = {
    table,
    what,
    days,
    rowsDeleted: 0,
    partitionsMade: [],
    partitionsDropped: [],
    partitionsMissing: [],
    error: null,
  };
  try {
    if (rule.partitioned === 'day') await turnPartitions(db, rule, kept);
    if (days !== null) await deleteOld(db, { ...rule, days }, kept, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    kept.error = messageOf(error);
    log.error({ table, err: error }, 'retention stopped at this table');
  }
  if (rule.partitioned === 'day') {
    kept.partitionsMissing = await listMissingPartitions(db.sql, table);
    if (kept.partitionsMissing.length > 0) {
      log.error({ table, days: kept.partitionsMissing }, 'partitions of the coming days are missing');
    }
  }
  return kept;
}

async function turnPartitions(db: Db, { table, days }: RetentionRule, kept: Kept): Promise<void> {
  kept.partitionsMade = await ensurePartitions(db, table);
  if (days !== null) kept.partitionsDropped = await dropOldPartitions(db, table, days);
}

/** In a partitioned table this finds what the default partition holds, and nothing else. */
async function deleteOld(
  db: Db,
  { table, column, days, partitioned }: RetentionRule & { days: number },
  kept: Kept,
  { batch = 1000, pauseMs = 20, signal }: RetentionOptions,
): Promise<void> {
  const { sql } = db;
  const target = sql(partitioned === 'day' ? `${table}_default` : table);
  for (;;) {
    signal?.throwIfAborted();
    // By ctid: no key has to be known, and rows that somebody is working on are left for the next batch.
    const { count } = await sql`
      delete from ${target} where ctid = any(array(
        select ctid from ${target}
        where ${sql(column)} < clock_timestamp() - make_interval(days => ${days}::int)
        limit ${batch} for update skip locked))`;
    kept.rowsDeleted += count;
    if (count < batch) return;
    await pause(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
}
