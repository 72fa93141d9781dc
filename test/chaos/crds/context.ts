import path from 'node:path';
import type { Db } from '../../../server/src/core/db/index.ts';
import { writeCache } from '../../support/crds-folder.ts';
import type { Ledger } from '../ledger.ts';
import { command, commandUnderFire, openData } from './command.ts';
import type { Part } from './part.ts';

const contexts = 5;

/**
 * Contexts are set by commands that are killed at random moments. Each change is there with its history, its event, its
 * audit and the states of all files, or not at all.
 */
export const part: Part = async ({ folder, ledger, kills, signal }) => {
  const cache = path.join(folder, 'cache');
  const data = path.join(folder, 'data');
  const serials = Array.from({ length: contexts }, (_, n) => n + 1);
  await writeCache(cache, { serials });
  const { db, close } = await openData(data);
  try {
    await command([
      'crds',
      'import',
      cache,
      '--observatory',
      'tobs',
      '--latest',
      'tobs_0001.pmap',
      '--data',
      data,
    ]);
    const set = (serial: number) => [
      ...['crds', 'context', 'set', 'tobs', `tobs_000${serial}.pmap`],
      ...['--description', 'kill test', '--data', data],
    ];
    const { tookMs } = await command(set(2));
    let killed = 0;
    for (let n = 0; n < kills && !signal.aborted; n++) {
      const serial = 1 + Math.floor(Math.random() * contexts);
      // Most of its time a command only starts; what is worth a kill comes at its end.
      const ended = await commandUnderFire(set(serial), { afterMs: tookMs * (0.6 + 0.5 * Math.random()) });
      if (ended.signal === 'SIGKILL') killed++;
      await judge(db, ledger, `after command ${n + 1}`);
    }
    ledger.fact('commands killed while they set a context', killed);
    await command(set(1));
    await command(set(contexts));
    await judge(db, ledger, 'at the end');
    const [row] = await db.sql<{ latest: string }[]>`select latest_context as latest from crds.observatory`;
    ledger.demand('the last word counts', Number(row?.latest === `tobs_000${contexts}.pmap`), 1);
  } finally {
    await close();
  }
};

interface Found {
  latest: string;
  newest: string;
  history: number;
  events: number;
  audits: number;
  wrongStates: number;
}

async function judge(db: Db, ledger: Ledger, when: string): Promise<void> {
  const [found] = await db.sql<Found[]>`
    with recursive members(name) as (
      select latest_context collate "C" from crds.observatory
      union
      select u.used from members m join crds.mapping_use u on u.mapping = m.name)
    select (select latest_context from crds.observatory) as latest,
      (select context from crds.context_history order by context_history_id desc limit 1) as newest,
      (select count(*) from crds.context_history) as history,
      (select count(*) from core.event where topic = 'crds.context') as events,
      (select count(*) from core.audit where action = 'crds.context-set') as audits,
      (select count(*) from crds.file f
       where (f.state = 'operational') <> (f.name in (select name from members))) as wrong_states`;
  if (found === undefined) return;
  const { latest, newest, history, events, audits, wrongStates } = found;
  if (latest !== newest) ledger.violation(`${when}: ${latest} is latest, the history ends with ${newest}`);
  if (history !== events || history !== audits) {
    ledger.violation(`${when}: ${history} rows of history, ${events} events, ${audits} audit entries`);
  }
  if (wrongStates > 0) ledger.violation(`${when}: ${wrongStates} files have the state of another context`);
}
