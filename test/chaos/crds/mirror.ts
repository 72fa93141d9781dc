import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../../../server/src/core/db/index.ts';
import { referenceBytes, writeCache } from '../../support/crds-folder.ts';
import { type ServedProcess, serve } from '../../support/orrery.ts';
import type { Ledger } from '../ledger.ts';
import { command, openData } from './command.ts';
import type { Part } from './part.ts';

const contexts = 12;
const sizeBytes = 300_000;
/** How long the last start may take to bring what is still missing. */
const patienceMs = 120_000;

/**
 * A server that mirrors another one is killed at random moments of fetching, its database with it. No context is in
 * force whose rules are not all here, nothing is given that was not fetched whole, and in the end everything is here.
 */
export const part: Part = async ({ folder, ledger, kills, signal }) => {
  const cache = path.join(folder, 'cache');
  const data = path.join(folder, 'data');
  const upstream = await anUpstream(cache, path.join(folder, 'upstream'));
  try {
    const address = `${upstream.address}/crds/tobs`;
    const wanted = ['--references', 'all', '--every', '10', '--data', data];
    await command(['crds', 'mirror', address, '--observatory', 'tobs', ...wanted]);
    let killed = 0;
    for (let n = 0; n < kills && !signal.aborted; n++) {
      const server = await serve(['--port', '0', '--data', data, '--with', 'crds']);
      await sleep(Math.random() * 2500);
      await server.stop('SIGKILL');
      killed++;
      await withDatabase(data, (db) => judgeContexts(db, ledger, `after kill ${n + 1}`));
    }
    ledger.fact('times a mirror was killed', killed);
    const server = await serve(['--port', '0', '--data', data, '--with', 'crds']);
    try {
      await untilWhole(data);
      await judgeReferences(server, ledger);
    } finally {
      await server.stop();
    }
    await withDatabase(data, (db) => judgeEnd(db, ledger));
  } finally {
    await upstream.stop();
  }
};

async function anUpstream(cache: string, data: string): Promise<ServedProcess> {
  await writeCache(cache, { serials: Array.from({ length: contexts }, (_, n) => n + 1), sizeBytes });
  const latest = `tobs_00${contexts}.pmap`;
  const how = ['--latest', latest, '--references', 'copy', '--data', data];
  await command(['crds', 'import', cache, '--observatory', 'tobs', ...how]);
  return await serve(['--port', '0', '--data', data, '--with', 'crds']);
}

async function withDatabase<T>(data: string, look: (db: Db) => Promise<T>): Promise<T> {
  const { db, close } = await openData(data);
  try {
    return await look(db);
  } finally {
    await close();
  }
}

/** The context in force leads to rules that are all here. */
async function judgeContexts(db: Db, ledger: Ledger, when: string): Promise<void> {
  const [row] = await db.sql<{ missing: number }[]>`
    with recursive members(name) as (
      select latest_context collate "C" from crds.observatory where latest_context is not null
      union
      select u.used from members m join crds.mapping_use u on u.mapping = m.name)
    select count(*) as missing from members m left join crds.file f using (name)
    where m.name ~ '\\.[pir]map$' and f.place is distinct from 'kept'`;
  if (row?.missing !== 0)
    ledger.violation(`${when}: ${row?.missing} rules of the context in force are not here`);
}

async function untilWhole(data: string): Promise<void> {
  const deadline = Date.now() + patienceMs;
  await withDatabase(data, async (db) => {
    while (Date.now() < deadline) {
      const [row] = await db.sql<
        { here: number }[]
      >`select count(*) as here from crds.file where place = 'kept'`;
      if (row?.here === contexts * 8) return;
      await sleep(200);
    }
  });
}

async function judgeReferences(server: ServedProcess, ledger: Ledger): Promise<void> {
  let wrong = 0;
  for (let serial = 1; serial <= contexts; serial++) {
    for (const kind of ['biasfile', 'darkfile']) {
      const name = `tobs_acs_${kind}_${String(serial).padStart(4, '0')}.fits`;
      const answer = await fetch(`${server.address}/crds/tobs/unchecked_get/references/tobs/${name}`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (!bytes.equals(referenceBytes(name, sizeBytes))) wrong++;
    }
  }
  ledger.demand('references with other bytes than upstream', wrong, 0);
}

async function judgeEnd(db: Db, ledger: Ledger): Promise<void> {
  await judgeContexts(db, ledger, 'at the end');
  const [found] = await db.sql<
    { latest: string; absent: number; twice: number; history: number; doubled: number }[]
  >`
    select (select latest_context from crds.observatory) as latest,
      (select count(*) from crds.file where place <> 'kept') as absent,
      (select count(*) from (select owner_id from core.blob_reference where owner_kind = 'crds.file'
        group by owner_id having count(*) > 1) r) as twice,
      (select count(*) from crds.context_history) as history,
      (select count(*) from core.event where topic = 'crds.context' and data->>'kind' = 'latest') as doubled`;
  ledger.demand('the upstream context is in force', Number(found?.latest === `tobs_00${contexts}.pmap`), 1);
  ledger.demand('files that are still not here', found?.absent ?? -1, 0);
  ledger.demand('references kept for one file more than once', found?.twice ?? -1, 0);
  ledger.demand('rows of history', found?.history ?? -1, 1);
  ledger.demand('announcements of the latest context', found?.doubled ?? -1, 1);
}
