import type { CrdsObservatoryCounts } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { countDatasets } from '../datasets/datasets.store.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { perCore } from '../per-core.ts';

type FileCounts = Omit<CrdsObservatoryCounts, 'datasets'> & { instruments: string[] };

interface Counted {
  version: number;
  counts: Promise<FileCounts>;
}

interface CountedDatasets {
  atMs: number;
  datasets: Promise<number>;
}

const files = perCore(() => new Map<string, Counted>());
const datasets = perCore(() => new Map<string, CountedDatasets>());
/** Datasets may be tens of millions: they are counted anew no more often than this. */
const datasetsFreshMs = 30_000;

/** Files and datasets of an observatory, counted once for each state of its files. */
export async function countsOf(
  core: Core,
  { observatory, version }: Observatory,
): Promise<CrdsObservatoryCounts & { instruments: string[] }> {
  const [counted, found] = await Promise.all([
    fileCounts(core, observatory, version),
    datasetCount(core, observatory),
  ]);
  return { ...counted, datasets: found };
}

function fileCounts(core: Core, observatory: string, version: number): Promise<FileCounts> {
  const known = files(core).get(observatory);
  if (known !== undefined && known.version === version) return known.counts;
  const counts = readFileCounts(core.db.sql, observatory);
  files(core).set(observatory, { version, counts });
  counts.catch(() => files(core).delete(observatory));
  return counts;
}

function datasetCount(core: Core, observatory: string): Promise<number> {
  const known = datasets(core).get(observatory);
  const nowMs = performance.now();
  if (known !== undefined && nowMs - known.atMs < datasetsFreshMs) return known.datasets;
  const counting = countDatasets(core.db.sql, observatory).then((rows) =>
    rows.reduce((sum, row) => sum + row.datasets, 0),
  );
  datasets(core).set(observatory, { atMs: nowMs, datasets: counting });
  counting.catch(() => datasets(core).delete(observatory));
  return counting;
}

async function readFileCounts(sql: Sql, observatory: string): Promise<FileCounts> {
  const [row] = await sql<FileCounts[]>`
    select count(*) filter (where kind = 'mapping') as mappings,
      count(*) filter (where kind = 'reference') as references,
      count(*) filter (where rejected or blacklisted) as bad,
      count(*) filter (where place in ('kept', 'linked')) as held,
      coalesce(array_agg(distinct instrument order by instrument) filter (where instrument is not null), '{}')
        as instruments
    from crds.file where observatory = ${observatory} and state <> 'uploaded'`;
  return row ?? { mappings: 0, references: 0, bad: 0, held: 0, instruments: [] };
}

/** When the latest context became it; null before the first. */
export async function latestSince(sql: Sql, observatory: string): Promise<Date | null> {
  const [row] = await sql<{ startedAt: Date }[]>`
    select started_at from crds.context_history where observatory = ${observatory}
    order by started_at desc, context_history_id desc limit 1`;
  return row?.startedAt ?? null;
}
