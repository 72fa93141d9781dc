import type { Core } from '../../core/core.ts';
import type { Sql, Tx } from '../../core/db/index.ts';
import { findRun } from './run.store.ts';

/** What a finished comparison says to whoever follows `crds.affected`; the key is the observatory. */
export interface AffectedEvent {
  run: number;
  old: string;
  new: string;
  /** Datasets, and distinct products among them. */
  affected: number;
  products: number;
  /** Affected datasets by type, the largest number first. */
  types: TypeCount[];
}

export interface TypeCount {
  instrument: string;
  type: string;
  affected: number;
}

/** Affected datasets by type, the largest number first. */
async function countTypes(sql: Sql, runId: number): Promise<TypeCount[]> {
  return await sql<TypeCount[]>`
    select p.instrument, c.type, sum(c.datasets)::bigint as affected
    from crds.affected_count c join crds.affected_part p using (affected_run_id, part)
    where c.affected_run_id = ${runId} and c.type <> ''
    group by p.instrument, c.type order by affected desc, p.instrument, c.type`;
}

/** Tells in the transaction that ends a run what came of it. */
export async function announceDone(core: Core, tx: Tx, runId: number): Promise<void> {
  const run = await findRun(tx, runId);
  if (run === null) return;
  const event: AffectedEvent = {
    run: runId,
    old: run.oldContext,
    new: run.newContext,
    affected: run.affected,
    products: run.products ?? 0,
    types: await countTypes(tx, runId),
  };
  await core.events.publish(tx, 'crds.affected', run.observatory, event);
}
