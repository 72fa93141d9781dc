import path from 'node:path';
import type { Db } from '../../../server/src/core/db/index.ts';
import { writeCache } from '../../support/crds-folder.ts';
import { digestCatalogue } from './catalogue.ts';
import { command, commandUnderFire, openData } from './command.ts';
import type { Part, Scene } from './part.ts';

const contexts = 60;
const referenceBytes = 300_000;

/**
 * A cache is imported without trouble into one installation, and into another by imports of which all but the last are
 * killed at random moments. Both catalogues are equal afterwards, every file is sound, and a further import has
 * nothing to do.
 */
export const part: Part = async (scene) => {
  const cache = path.join(scene.folder, 'cache');
  await writeCache(cache, {
    serials: Array.from({ length: contexts }, (_, n) => n + 1),
    sizeBytes: referenceBytes,
  });
  const calm = path.join(scene.folder, 'calm');
  const troubled = path.join(scene.folder, 'troubled');
  const args = (data: string) => [
    ...['crds', 'import', cache, '--observatory', 'tobs', '--latest', 'tobs_0007.pmap'],
    ...['--references', 'copy', '--data', data, '--json'],
  ];
  const expected = await importCalmly(calm, args(calm), scene);
  await importUnderFire(troubled, args(troubled), expected.workMs, scene);
  await judge(troubled, args(troubled), expected.digests, scene);
};

async function importCalmly(data: string, args: readonly string[], { ledger }: Scene) {
  const { db, close } = await openData(data);
  try {
    const { report } = reportOf(await command(args));
    ledger.fact('import without trouble, seconds', report.seconds);
    return { workMs: report.seconds * 1000, digests: await digestCatalogue(db) };
  } finally {
    await close();
  }
}

async function importUnderFire(
  data: string,
  args: readonly string[],
  workMs: number,
  scene: Scene,
): Promise<void> {
  const { ledger, kills, signal } = scene;
  const { db, close } = await openData(data);
  const filesAfter: number[] = [];
  let killed = 0;
  try {
    for (let n = 0; n < kills && !signal.aborted; n++) {
      const before = await beginningOf(db);
      // All of them together get about as far as an import without trouble.
      const afterMs = (Math.random() * 2.2 * workMs) / kills;
      const ended = await commandUnderFire(args, {
        afterMs,
        seen: async () => (await beginningOf(db)) !== before,
      });
      if (ended.signal === 'SIGKILL') killed++;
      const [row] = await db.sql<{ count: number }[]>`select count(*) as count from crds.imported_file`;
      filesAfter.push(row?.count ?? 0);
      if (ended.signal !== 'SIGKILL') break;
    }
    await command(args);
  } finally {
    await close();
  }
  ledger.fact('imports killed', killed);
  ledger.fact('files read after each', filesAfter.join(' '));
  if (killed === 0) ledger.violation('no import was killed: nothing was shown');
  if (filesAfter.some((count, n) => count < (filesAfter[n - 1] ?? 0)))
    ledger.violation('an import lost ground');
}

async function judge(
  data: string,
  args: readonly string[],
  expected: Record<string, string>,
  { ledger }: Scene,
): Promise<void> {
  const { db, close } = await openData(data);
  try {
    const found = await digestCatalogue(db);
    for (const [table, digest] of Object.entries(expected)) {
      const isSame = found[table] === digest;
      ledger.demand(`${table} as without trouble (${digest.split(' ')[0]} rows)`, Number(isSame), 1);
    }
    const { output } = await command(['crds', 'verify', '--full', '--data', data]);
    ledger.fact('verify', output.trim());
    const again = await command(args);
    const { report } = reportOf(again);
    for (const kind of ['mappings', 'references'] as const) {
      ledger.demand(
        `${kind} that a further import reads again`,
        report[kind].found - report[kind].unchanged,
        0,
      );
    }
  } finally {
    await close();
  }
}

interface ReportLine {
  report: Record<'mappings' | 'references', { unchanged: number; found: number }> & { seconds: number };
}

function reportOf({ output }: { output: string }): ReportLine {
  return JSON.parse(output.trim().split('\n').at(-1) ?? '{}') as ReportLine;
}

/** Changes when an import has begun: what comes before is the start of a process. */
async function beginningOf(db: Db): Promise<string> {
  const [row] = await db.sql<{ at: string }[]>`
    select started_at::text as at from crds.import_folder`;
  return row?.at ?? '';
}
