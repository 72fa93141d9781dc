import type { UwsPhase } from '@orrery/contracts/uws';
import type { Db } from '../../../server/src/core/db/index.ts';
import { isFinal, transitions } from '../../../server/src/uws/phases.ts';
import type { Ledger } from '../ledger.ts';

const pairs = new Set(transitions.map(({ from, to }) => `${from} ${to}`));

interface Told {
  jobId: string;
  phase: UwsPhase | 'DELETED';
}

/** Judges what was told and what is written of every job: no pair that the table lacks, nothing after the end. */
export async function judgeHistory(db: Db, ledger: Ledger): Promise<void> {
  console.log('\nphases');
  const events = await db.sql<Told[]>`
    select key as job_id, data->>'phase' as phase from core.event where topic = 'uws.job' order by event_id`;
  const rows = await db.sql<
    (Told & { ordinal: number })[]
  >`select job_id, phase, ordinal from uws.job_phase order by job_id, ordinal`;
  ledger.fact('events of jobs', events.length);
  ledger.demand('changes told that cannot be', judge(events, ledger, 'was told'), 0);
  ledger.fact('changes written', rows.length);
  ledger.demand('changes written that cannot be', judge(rows, ledger, 'is written'), 0);
  const [gaps] = await db.sql<{ n: number }[]>`
    select count(*)::int as n from (select from uws.job_phase group by job_id having max(ordinal) <> count(*)) as gap`;
  ledger.demand('histories with a gap', gaps?.n ?? -1, 0);
  const [last] = await db.sql<{ n: number }[]>`
    select count(*)::int as n from uws.job join lateral (
      select phase from uws.job_phase where job_phase.job_id = job.job_id order by ordinal desc limit 1) as last
      on last.phase <> job.phase`;
  ledger.demand('jobs whose phase is not the last of their history', last?.n ?? -1, 0);
}

function judge(all: readonly Told[], ledger: Ledger, how: string): number {
  let wrong = 0;
  for (const [jobId, steps] of Map.groupBy(all, (step) => step.jobId)) {
    const line = steps.map((step) => step.phase).filter((phase, n, phases) => phase !== phases[n - 1]);
    const isRight = line.every((phase, n) => {
      const before = line[n - 1];
      if (before === undefined) return phase === 'PENDING';
      if (before === 'DELETED') return false;
      return phase === 'DELETED' || pairs.has(`${before} ${phase}`);
    });
    if (isRight) continue;
    wrong++;
    ledger.note(`${jobId} ${how} as ${line.join(' ')}`);
  }
  return wrong;
}

/** Looks again and again whether a job that was final has another phase. */
export class FinalPhases {
  readonly #known = new Map<string, UwsPhase>();
  readonly #db: Db;
  readonly #ledger: Ledger;

  constructor(db: Db, ledger: Ledger) {
    this.#db = db;
    this.#ledger = ledger;
  }

  async look(): Promise<void> {
    const rows = await this.#db.sql<{ jobId: string; phase: UwsPhase }[]>`select job_id, phase from uws.job`;
    for (const { jobId, phase } of rows) {
      const known = this.#known.get(jobId);
      if (known !== undefined && known !== phase) {
        this.#ledger.violation(`${jobId} went from ${known} to ${phase}`);
      }
      if (isFinal(phase)) this.#known.set(jobId, phase);
    }
  }
}
