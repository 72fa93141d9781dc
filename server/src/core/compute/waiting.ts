import type { Sql } from '../db/index.ts';

interface Ahead {
  ownAhead: number;
  othersAhead: number;
  otherKeys: number;
  busy: number;
  slots: number;
}

/**
 * Who goes before a queued run, as a sentence. Slots are given in turn to the fair keys, so of every other key
 * at most as many runs go first as this run has of its own key before it, and one more where that key's turn
 * comes earlier.
 */
export async function whyQueued(sql: Sql, runId: string): Promise<string> {
  const [ahead] = await sql<Ahead[]>`
    with mine as (
      select run_id, backend, fair_key, seq,
             coalesce((select turn from core.compute_turn where fair_key = r.fair_key), 0) as turn
      from core.compute_run r where run_id = ${runId}
    ), own as (
      select count(*)::int as n from core.compute_run r, mine
      where r.backend = mine.backend and r.state = 'queued' and r.fair_key = mine.fair_key and r.seq < mine.seq
    ), other as (
      select r.fair_key, least(count(*)::int, own.n + case
               when (coalesce(t.turn, 0), min(r.seq)) <
                    (mine.turn, (select min(seq) from core.compute_run q where q.backend = mine.backend
                                 and q.state = 'queued' and q.fair_key = mine.fair_key)) then 1 else 0 end) as n
      from core.compute_run r cross join mine cross join own
      left join core.compute_turn t on t.fair_key = r.fair_key
      where r.backend = mine.backend and r.state = 'queued' and r.fair_key <> mine.fair_key
      group by r.fair_key, t.turn, mine.turn, mine.fair_key, mine.backend, own.n
    )
    select own.n as own_ahead,
           coalesce((select sum(n) from other), 0)::int as others_ahead,
           (select count(*) from other where n > 0)::int as other_keys,
           (select count(*) from core.compute_run r, mine
            where r.backend = mine.backend and r.state in ('starting', 'running', 'ending'))::int as busy,
           coalesce((select sum(slots) from core.compute_backend b, mine where b.name = mine.backend
                     and b.seen_at > clock_timestamp() - interval '1 minute'), 0)::int as slots
    from own`;
  return ahead === undefined ? 'Waits for a free slot.' : sentence(ahead);
}

function sentence({ ownAhead, othersAhead, otherKeys, busy, slots }: Ahead): string {
  if (slots === 0) return 'Waits: no server process that executes runs is up.';
  const place = `${busy} of ${slots} slots are busy`;
  const total = ownAhead + othersAhead;
  if (total === 0) return `Next in line: ${place}.`;
  return `Number ${total + 1} in line: ${place}; first go ${ownAhead} of the same user and ${othersAhead} of ${otherKeys} others.`;
}
