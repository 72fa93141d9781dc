import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import type { Event } from '../../core/events/index.ts';
import { compareNewer } from '../rules/index.ts';
import { addRun } from './affected.ts';

/** What a look at the latest context led to. */
export type Look = 'unchanged' | 'first' | 'started' | 'backward';

/**
 * Compares the latest context of an observatory with the one that affected data were last looked for, and starts one
 * comparison when it is newer. The remembered context moves in the transaction that adds the run: however many
 * processes look, each pair is compared once. An older context is remembered without a comparison.
 */
export async function lookAtContext(core: Core, observatory: string): Promise<Look> {
  return await core.db.transaction(async (tx) => {
    const known = await lockWatch(tx, observatory);
    if (known === null || known.latest === null) return 'unchanged';
    const { remembered, latest } = known;
    if (remembered === latest) return 'unchanged';
    await tx`
      insert into crds.affected_watch (observatory, context) values (${observatory}, ${latest})
      on conflict (observatory) do update set context = excluded.context, noted_at = clock_timestamp()`;
    if (remembered === null) return 'first';
    if (compareNewer(latest, remembered) !== true) return 'backward';
    await addRun(core, tx, {
      observatory,
      oldContext: remembered,
      newContext: latest,
      sinceAt: null,
      requestedBy: 'system',
    });
    return 'started';
  });
}

async function lockWatch(
  tx: Tx,
  observatory: string,
): Promise<{ latest: string | null; remembered: string | null } | null> {
  // The row may not be there yet, so what is locked is the name.
  await tx`select pg_advisory_xact_lock(hashtextextended(${`crds.affected_watch/${observatory}`}, 0))`;
  const [row] = await tx<{ latest: string | null; remembered: string | null }[]>`
    select o.latest_context as latest, w.context as remembered
    from crds.observatory o left join crds.affected_watch w using (observatory) where o.observatory = ${observatory}`;
  return row ?? null;
}

/** Looks at the observatories that events of contexts tell of; one that fails leaves the others alone. */
export async function lookAtContexts(core: Core, events: readonly Event[]): Promise<void> {
  for (const observatory of new Set(events.map((event) => event.key))) {
    try {
      await lookAtContext(core, observatory);
    } catch (error) {
      core.log.warn({ err: error, observatory }, 'affected data were not looked for; the schedule will');
    }
  }
}
