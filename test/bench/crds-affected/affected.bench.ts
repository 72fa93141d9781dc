import { createReadStream, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { loadConfig } from '../../../server/src/core/config/index.ts';
import type { Core } from '../../../server/src/core/core.ts';
import { silentLog } from '../../../server/src/core/log.ts';
import { getRun, startAffected } from '../../../server/src/crds/affected/affected.ts';
import type { AffectedRun } from '../../../server/src/crds/affected/run.store.ts';
import { addFiles } from '../../../server/src/crds/catalogue/files.store.ts';
import { loadDatasets } from '../../../server/src/crds/datasets/load.ts';
import { crds } from '../../../server/src/crds/index.ts';
import { closureOf } from '../../../server/src/crds/rules/index.ts';
import { crdsSettings } from '../../../server/src/crds/settings.ts';
import { startServer } from '../../../server/src/server.ts';
import { PublishedMappings } from '../../conformance/crds/mappings.ts';
import { fileOfText } from '../../support/crds.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import type { BenchOptions, Report } from '../report.ts';
import { datasetLines } from './headers.ts';

const million = 1_000_000;
const linesAtOnce = 5000;

/** All types that ever changed between these two; and pairs that differ in one. */
const whole = ['hst.pmap', 'hst_0349.pmap'] as const;
const fifty = ['hst_0298.pmap', 'hst_0349.pmap'] as const;
const oneRule = ['hst_0348.pmap', 'hst_0349.pmap'] as const;
const oneOldRule = ['hst_0299.pmap', 'hst_0300.pmap'] as const;
const contexts = [...new Set([...whole, ...fifty, ...oneRule, ...oneOldRule])];

/**
 * Headers that walk the rules of a real HST context: loaded, and compared between real contexts. One process with
 * all it does, its threads and PostgreSQL beside it.
 */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const mappings = new PublishedMappings('bench crds-affected');
  if (mappings.areMissing) return;
  const datasets = quick ? million / 10 : million;
  const { folder, remove } = await scratchFolder('bench-affected');
  const { config } = loadConfig({
    services: { crds: crdsSettings },
    file: '/dev/null',
    flags: { data: path.join(folder, 'data'), 'http.port': '0', 'admin.password': 'a long enough password' },
  });
  const server = await startServer(config, silentLog, { services: [crds], signals: false });
  const { core } = server;
  try {
    await core.db.sql`insert into crds.observatory (observatory) values ('hst')`;
    const names = new Set(contexts.flatMap((name) => closureOf(name, mappings.read).mappings));
    const files = [...names].map((name) => fileOfText(name, mappings.text(name)));
    await core.db.transaction((tx) => addFiles(tx, 'hst', files));
    const lines = path.join(folder, 'datasets.jsonl');
    await writeLines(report, lines, datasets, mappings);
    await measureLoad(report, core, lines, datasets);
    await measureCopy(report, core, datasets);
    await core.db.sql`vacuum analyze crds.dataset`;
    await measureRuns(report, core, quick);
  } finally {
    await server.stop();
    await remove();
  }
}

async function writeLines(
  report: Report,
  file: string,
  datasets: number,
  mappings: PublishedMappings,
): Promise<void> {
  const make = datasetLines(mappings.read('hst_0349.pmap'), mappings.read);
  const target = await open(file, 'w');
  const distinct = new Set<string>();
  let bytes = 0;
  for (let made = 0; made < datasets; made += linesAtOnce) {
    const lines = make(linesAtOnce);
    if (made === 0) for (const line of lines) distinct.add(line.replace(/^.*?"header":/, ''));
    const text = `${lines.join('\n')}\n`;
    bytes += text.length;
    await target.write(text);
  }
  await target.close();
  report({ name: 'datasets', value: datasets, unit: 'lines' });
  report({ name: '  mean length of a line', value: bytes / datasets, unit: 'bytes' });
  report({
    name: `  distinct headers among the first ${linesAtOnce}`,
    value: distinct.size,
    unit: 'headers',
  });
}

/** Processor seconds that this process and PostgreSQL have used: what a busy machine cannot change. */
function processorUse(): { own: number; database: number } {
  const { user, system } = process.cpuUsage();
  const ticks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return {
          pid,
          command: /\((.*)\)/s.exec(stat)?.[1] ?? '',
          fields: stat.replace(/^.*\) /s, '').split(' '),
        };
      } catch {
        return { pid, command: '', fields: [] }; // it has ended
      }
    });
  const postmaster = ticks.filter(({ command, pid }) => command === 'postgres' && isOurs(pid));
  const sum = postmaster.reduce((all, { fields }) => all + Number(fields[11]) + Number(fields[12]), 0);
  return { own: (user + system) / 1e6, database: sum / 100 };
}

/** Whether a process works in the data folder of this run. */
function isOurs(pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).includes('orrery-bench-affected-');
  } catch {
    return false;
  }
}

function reportUse(report: Report, before: ReturnType<typeof processorUse>): void {
  const after = processorUse();
  report({ name: '  processor time of the process', value: after.own - before.own, unit: 's' });
  report({ name: '  processor time of PostgreSQL', value: after.database - before.database, unit: 's' });
}

async function measureLoad(report: Report, core: Core, file: string, datasets: number): Promise<void> {
  const load = async (): Promise<number> => {
    const started = performance.now();
    const result = await loadDatasets(core, 'hst', createReadStream(file, { highWaterMark: 1 << 20 }));
    if (result.refused > 0 || result.lines !== datasets) throw new Error(JSON.stringify(result));
    return (datasets * 1000) / (performance.now() - started);
  };
  const before = processorUse();
  report({ name: 'load, all new', value: await load(), unit: 'lines/s', limit: '≥ 20,000' });
  reportUse(report, before);
  report({ name: 'load again, nothing new', value: await load(), unit: 'lines/s' });
  const [size] = await core.db.sql<{ rows: number; table: number; indexes: number }[]>`
    select (count(*) filter (where observatory = 'hst'))::int as rows, pg_table_size('crds.dataset') as table,
      pg_indexes_size('crds.dataset') as indexes
    from crds.dataset`;
  if (size?.rows !== datasets) throw new Error(`${size?.rows} of ${datasets} datasets are there`);
  report({ name: '  a row', value: size.table / datasets, unit: 'bytes' });
  report({ name: '  its indexes', value: size.indexes / datasets, unit: 'bytes' });
}

/** The same rows by COPY into a table without any index, and their headers as jsonb: the limits. */
async function measureCopy(report: Report, core: Core, datasets: number): Promise<void> {
  const { sql } = core.db;
  await sql`create table bench_dataset as select * from crds.dataset with no data`;
  const source = await sql`copy (select * from crds.dataset where observatory = 'hst') to stdout`.readable();
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  const joined = Buffer.concat(chunks);
  const started = performance.now();
  const target = await sql`copy bench_dataset from stdin`.writable();
  await pipeline(piecesOf(joined), target);
  const rate = (datasets * 1000) / (performance.now() - started);
  report({ name: 'limit: bare COPY of the rows without an index', value: rate, unit: 'lines/s' });
  await sql`drop table bench_dataset`;
  await sql`
    create table bench_jsonb as
    select d.dataset_id, d.instrument, d.product, d.exposure, d.exposed_at, jsonb_object_agg(p.name, v.value) as header
    from (select * from crds.dataset where observatory = 'hst' limit 20000) d
    cross join lateral unnest(string_to_array(d.header, E'\\x1f')) with ordinality v(value, nth)
    join crds.dataset_parameter p
      on p.observatory = 'hst' and p.instrument = d.instrument and p.place = v.nth - 1
    where v.value <> E'\\x1e' group by d.dataset_id, d.instrument, d.product, d.exposure, d.exposed_at`;
  const [json] = await sql<{ bytes: number }[]>`
    select pg_table_size('bench_jsonb')::float / count(*) as bytes from bench_jsonb`;
  report({ name: '  a row with its header as jsonb instead', value: json?.bytes ?? 0, unit: 'bytes' });
  await sql`drop table bench_jsonb`;
}

function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1 << 20) yield bytes.subarray(at, at + (1 << 20));
}

async function measureRuns(report: Report, core: Core, quick: boolean): Promise<void> {
  const measure = async (
    name: string,
    [old, current]: readonly [string, string],
    limit?: string,
  ): Promise<void> => {
    const before = processorUse();
    const beforeMb = process.memoryUsage.rss() / 1e6;
    const { run, seconds, mostMb } = await timed(core, old, current);
    const types = new Set(run.touched.map(({ instrument, type }) => `${instrument} ${type}`)).size;
    report({ name: `${name}: ${old} to ${current}`, value: seconds, unit: 's', ...(limit ? { limit } : {}) });
    reportUse(report, before);
    report({ name: '  types that differ', value: types, unit: 'types' });
    report({ name: '  datasets looked at', value: run.looked, unit: 'datasets' });
    report({ name: '  datasets affected', value: run.affected, unit: 'datasets' });
    report({ name: '  rate', value: run.looked / seconds, unit: 'datasets/s' });
    report({ name: '  memory of the process before', value: beforeMb, unit: 'MB' });
    report({ name: '  memory added at most', value: mostMb - beforeMb, unit: 'MB' });
  };
  await measure('all that ever changed, cold', whole, quick ? '< 6' : '< 60');
  await measure('all that ever changed, again', whole, quick ? '< 6' : '< 60');
  await measure('fifty contexts on, cold', fifty);
  await measure('one type, of late', oneRule, '< 2');
  await measure('one type, since long ago', oneOldRule, '< 2');
}

async function timed(
  core: Core,
  old: string,
  current: string,
): Promise<{ run: AffectedRun; seconds: number; mostMb: number }> {
  let most = 0;
  const started = performance.now();
  const runId = await startAffected(core, { observatory: 'hst', old, new: current }, { name: 'bench' });
  for (;;) {
    const run = await getRun(core, 'hst', runId);
    most = Math.max(most, process.memoryUsage.rss());
    if (run.state === 'done') {
      return { run, seconds: (performance.now() - started) / 1000, mostMb: most / 1e6 };
    }
    if (run.state !== 'waiting' && run.state !== 'running') throw new Error(`${run.state}: ${run.message}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
