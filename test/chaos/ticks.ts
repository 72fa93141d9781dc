import type { Db } from '../../server/src/core/db/index.ts';
import type { Trouble } from './fleet.ts';
import type { Ledger } from './ledger.ts';

const stepMs = 5000;

interface TickRun {
  dueAt: Date;
  at: Date;
  fence: number;
  processId: string;
}

/**
 * Judges the schedule of five seconds between two moments. A tick has one row. One that was due while another was
 * still under way, because its process or the database was killed, is made up for by that one (`catchUp: once`).
 */
export async function checkTicks(
  db: Db,
  ledger: Ledger,
  troubles: readonly Trouble[],
  from: Date,
  to: Date,
): Promise<void> {
  const rows = await db.sql<
    { dueAt: Date; n: number }[]
  >`select due_at, count(*)::int as n from example.tick group by due_at`;
  const runs = await db.sql<
    TickRun[]
  >`select due_at, at, fence, process_id from example.tick_run order by due_at, fence`;
  const byTick = Map.groupBy(runs, (run) => run.dueAt.getTime());
  const had = new Set(rows.map((row) => row.dueAt.getTime()));
  const first = Math.ceil(from.getTime() / stepMs) * stepMs;
  const expected = Array.from(
    { length: Math.floor((to.getTime() - first) / stepMs) },
    (_, n) => first + n * stepMs,
  );
  const troubledBetween = (a: number, b: number): boolean =>
    troubles.some((trouble) => trouble.from.getTime() <= b && trouble.to.getTime() >= a - 1000);
  const lastRun = (due: number): number =>
    Math.max(due, ...(byTick.get(due) ?? []).map((run) => run.at.getTime()));
  const missing = expected.filter((due) => !had.has(due));
  const unexplained = missing.filter(
    (due) =>
      ![...had].some(
        (earlier) => earlier < due && lastRun(earlier) >= due && troubledBetween(earlier, lastRun(earlier)),
      ),
  );
  const again = [...byTick].filter(([, all]) => all.length > 1);
  const untold = again.filter(
    ([, all]) => !troubledBetween((all[0] as TickRun).at.getTime(), (all.at(-1) as TickRun).at.getTime()),
  );
  console.log('\nticks of the schedule of 5 s');
  ledger.fact('due', expected.length);
  ledger.fact('with their row', expected.length - missing.length);
  ledger.demand('with more than one row', rows.filter((row) => row.n > 1).length, 0);
  ledger.demand('that never were due', [...had].filter((due) => due % stepMs !== 0).length, 0);
  ledger.fact('made up for by a late one, after a kill', missing.length - unexplained.length);
  ledger.demand('missing', unexplained.length, 0);
  ledger.fact('run again because the first run was killed before its end', again.length - untold.length);
  ledger.demand('run twice without a kill', untold.length, 0);
  const late = expected.filter(
    (due) => had.has(due) && (byTick.get(due)?.[0]?.at.getTime() ?? 0) - due > 1000,
  );
  ledger.demand(
    'more than a second late without a kill',
    late.filter((due) => !troubledBetween(due - 15_000, lastRun(due))).length,
    0,
  );
}
