import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Db } from '../../../server/src/core/db/index.ts';
import { closureOf } from '../../../server/src/crds/catalogue/files.store.ts';
import { writeCache } from '../../support/crds-folder.ts';
import { command, commandUnderFire, openData } from './command.ts';
import type { Part, Scene } from './part.ts';

const contexts = 30;
/** A publication that is not killed takes about so long, after its start. */
const longestMs = 250;

/**
 * Publications are killed at random moments, each of a newer context. Whatever clients read in the folder at any
 * moment is whole: every file of the context that server_config names, each with its bytes.
 */
export const part: Part = async (scene) => {
  const { folder, ledger, kills, signal } = scene;
  const cache = path.join(folder, 'cache');
  const data = path.join(folder, 'data');
  const shared = path.join(folder, 'shared');
  await writeCache(cache, { serials: Array.from({ length: contexts }, (_, n) => n + 1), sizeBytes: 100_000 });
  const settings = path.join(folder, 'settings.json');
  await writeFile(settings, JSON.stringify({ publish: { folder: shared, references: 'all' } }));
  const { db, close } = await openData(data);
  try {
    await command(['crds', 'observatory', 'put', 'tobs', '--settings', settings, '--data', data]);
    const first = ['--latest', 'tobs_0001.pmap', '--references', 'copy', '--data', data];
    await command(['crds', 'import', cache, '--observatory', 'tobs', ...first]);
    const publish = ['crds', 'publish', '--observatory', 'tobs', '--data', data];
    await command(publish);
    let killed = 0;
    for (let n = 0; n < kills && !signal.aborted; n++) {
      const context = `tobs_${String(1 + (n % contexts)).padStart(4, '0')}.pmap`;
      await command([
        'crds',
        'context',
        'set',
        'tobs',
        context,
        '--description',
        'kill test',
        '--data',
        data,
      ]);
      await removeOthers(shared);
      const ended = await commandUnderFire(publish, {
        seen: () => isHeld(db),
        afterMs: Math.random() * longestMs,
      });
      if (ended.signal === 'SIGKILL') killed++;
      await endLease(db);
    }
    ledger.fact('publications killed', killed);
    await command(publish);
    await judge(db, shared, scene);
  } finally {
    await close();
  }
};

/** Files that no reader needs now are taken away, so that each publication has something to do. */
async function removeOthers(shared: string): Promise<void> {
  const serial = (await contextOf(shared)).slice(5, 9);
  for (const folder of ['mappings/tobs', 'references/tobs/acs']) {
    for (const name of await readdir(path.join(shared, folder))) {
      const isNeeded = name.includes(`_${serial}.`) || name.includes(`_1${serial.slice(1)}.`);
      if (!isNeeded) await rm(path.join(shared, folder, name));
    }
  }
}

async function contextOf(shared: string): Promise<string> {
  const config = await readFile(path.join(shared, 'config/tobs/server_config'), 'utf8');
  return /'latest_context': '([^']*)'/.exec(config)?.[1] ?? '';
}

async function isHeld(db: Db): Promise<boolean> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*) as count from core.lock where name = 'crds.publish:tobs' and expires_at > clock_timestamp()`;
  return row?.count === 1;
}

/** Who was killed leaves its lease to run out; that takes 30 seconds, which this test does not have each time. */
async function endLease(db: Db): Promise<void> {
  await db.sql`update core.lock set expires_at = clock_timestamp() where name = 'crds.publish:tobs'`;
}

async function judge(db: Db, shared: string, { ledger }: Scene): Promise<void> {
  const context = await contextOf(shared);
  const [row] = await db.sql<{ latest: string }[]>`select latest_context as latest from crds.observatory`;
  ledger.demand('clients read the latest context', Number(context === row?.latest), 1);
  const { mappings, references } = await closureOf(db.sql, 'tobs', context);
  let missing = 0;
  for (const name of mappings) missing += await isMissing(path.join(shared, 'mappings/tobs', name));
  for (const name of references) missing += await isMissing(path.join(shared, 'references/tobs/acs', name));
  ledger.demand('files of it that are not in the folder', missing, 0);
  let left = 0;
  for (const folder of ['mappings/tobs', 'references/tobs', 'references/tobs/acs', 'config/tobs']) {
    left += (await readdir(path.join(shared, folder))).filter((name) => name.startsWith('.')).length;
  }
  ledger.demand('unfinished files left behind', left, 0);
}

async function isMissing(place: string): Promise<number> {
  return await stat(place).then(
    () => 0,
    () => 1,
  );
}
