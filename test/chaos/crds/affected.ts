import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../../../server/src/core/db/index.ts';
import { addFiles } from '../../../server/src/crds/catalogue/files.store.ts';
import { aMapping, toyRules } from '../../support/crds.ts';
import { programs, type ServedProcess, serve } from '../../support/orrery.ts';
import { openData } from './command.ts';
import type { Part, Scene } from './part.ts';

const datasets = 400_000;
const token = 'a-preset-token-for-the-kill-test';
/** A killed server's tasks are others' after this time. */
const leaseMs = 15_000;
const mostMs = 300_000;

/**
 * Two contexts are compared without trouble, and again while the servers that do it are killed at random moments, one
 * of two at a time. Both comparisons find the same, and each tells of its end once.
 */
export const part: Part = async (scene) => {
  const { folder, ledger } = scene;
  const { db, close } = await openData(folder);
  const servers = new Servers(folder);
  try {
    await fill(db);
    await servers.start(0);
    await servers.start(1);
    const startedMs = performance.now();
    const calm = await servers.compare();
    await untilEnded(db, calm);
    const calmMs = performance.now() - startedMs;
    ledger.fact('comparison without trouble, seconds', (calmMs / 1000).toFixed(1));
    const troubled = await servers.compare();
    await killDuring(db, troubled, calmMs, servers, scene);
    await judge(db, calm, troubled, scene);
  } finally {
    await servers.stop();
    await close();
  }
};

/** Rules whose file changes for one detector from 2011 on, and datasets of all years with it and without. */
async function fill(db: Db): Promise<void> {
  await db.sql`insert into crds.observatory (observatory) values ('tobs')`;
  const common = { observatory: "'TOBS'" };
  const acs = { ...common, instrument: "'ACS'" };
  const when = "('DATE-OBS', 'TIME-OBS')";
  const bias = (date: string): string =>
    `Match({\n    ('WFC', '1.0|2.0') : UseAfter({\n        '1990-01-01 00:00:00' : 'old.fits',\n        '${date}' : 'new.fits',\n    }),\n})`;
  const types =
    "{\n    'biasfile' : 'tobs_acs_biasfile_0002.rmap',\n    'darkfile' : 'tobs_acs_darkfile_0001.rmap',\n}";
  await db.transaction((tx) =>
    addFiles(tx, 'tobs', [
      ...toyRules(),
      aMapping(
        'tobs_0002.pmap',
        { ...common, parkey: "('INSTRUME',)" },
        "{\n    'ACS' : 'tobs_acs_0002.imap',\n}",
      ),
      aMapping('tobs_acs_0002.imap', { ...acs, parkey: "('REFTYPE',)" }, types),
      aMapping(
        'tobs_acs_biasfile_0002.rmap',
        { ...acs, filekind: "'BIASFILE'", parkey: `(('DETECTOR', 'CCDGAIN'), ${when})` },
        bias('2011-01-01 00:00:00'),
      ),
    ]),
  );
  await db.sql`
    insert into crds.dataset_parameter (observatory, instrument, place, name)
    select 'tobs', 'acs', nth - 1, name
    from unnest('{DETECTOR,CCDGAIN,DATE-OBS,TIME-OBS}'::text[]) with ordinality n(name, nth)`;
  await db.sql`
    insert into crds.dataset (observatory, instrument, product, exposure, exposed_at, header)
    select 'tobs', 'acs', 'P' || n / 3, 'E' || n, at,
      (case when n % 3 = 0 then 'HRC' else 'WFC' end) || E'\\x1f' || n % 4 || E'\\x1f'
        || to_char(at, 'YYYY-MM-DD') || E'\\x1f' || to_char(at, 'HH24:MI:SS') || E'\\x1f'
    from generate_series(1, ${datasets}::int) n
    cross join lateral (select timestamptz '1995-01-01Z' + n * interval '25 minutes' as at) t`;
  await db.sql`vacuum analyze crds.dataset`;
}

/** Two server processes on one data folder. */
class Servers {
  private readonly folder: string;
  private readonly running: Array<ServedProcess | undefined> = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  async start(place: number): Promise<void> {
    this.running[place] = await serve(
      ['--data', this.folder, '--port', '0', '--with', 'crds'],
      { ORRERY_ADMIN_TOKEN: token, ORRERY_ADMIN_PASSWORD: 'a long enough password' },
      programs.orrery,
    );
  }

  async killAndStart(place: number): Promise<void> {
    await this.running[place]?.stop('SIGKILL');
    await this.start(place);
  }

  /** Starts a comparison and returns its number. */
  async compare(): Promise<number> {
    const server = this.running[0] as ServedProcess;
    const answer = await fetch(`${server.address}/api/crds/observatories/tobs/affected`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ old: 'tobs_0001.pmap', new: 'tobs_0002.pmap' }),
    });
    const run = (await answer.json()) as { id: number; message?: string };
    if (answer.status !== 202) throw new Error(`${answer.status}: ${run.message}`);
    return run.id;
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map((server) => server?.stop()));
  }
}

async function stateOf(db: Db, runId: number): Promise<{ state: string; looked: number; message: string }> {
  const [run] = await db.sql<{ state: string; looked: number; message: string }[]>`
    select state, message,
      (select coalesce(sum(looked), 0)::bigint from crds.affected_part p where p.affected_run_id = r.affected_run_id) as looked
    from crds.affected_run r where affected_run_id = ${runId}`;
  if (run === undefined) throw new Error(`comparison ${runId} is gone`);
  return run;
}

async function untilEnded(db: Db, runId: number): Promise<void> {
  const deadline = Date.now() + mostMs;
  for (;;) {
    const { state, message } = await stateOf(db, runId);
    if (state === 'done') return;
    if (state !== 'waiting' && state !== 'running')
      throw new Error(`comparison ${runId} is ${state}: ${message}`);
    if (Date.now() > deadline) throw new Error(`comparison ${runId} does not end`);
    await sleep(50);
  }
}

async function killDuring(
  db: Db,
  runId: number,
  calmMs: number,
  servers: Servers,
  { ledger, kills, signal }: Scene,
): Promise<void> {
  let killed = 0;
  let looked = 0;
  const lookedAfter: number[] = [];
  for (let n = 0; n < kills && !signal.aborted; n++) {
    await sleep(calmMs * 0.3 * Math.random());
    const before = await stateOf(db, runId);
    if (before.state === 'done') break;
    await servers.killAndStart(n % 2);
    killed++;
    const after = await stateOf(db, runId);
    if (after.looked < looked)
      ledger.violation(`the comparison lost ground: ${looked}, then ${after.looked}`);
    looked = after.looked;
    lookedAfter.push(looked);
  }
  ledger.fact('servers killed during the comparison', killed);
  ledger.fact('datasets looked at after each', lookedAfter.join(' '));
  if (killed === 0) ledger.violation('no server was killed: nothing was shown');
  await sleep(Math.min(leaseMs, calmMs));
  await untilEnded(db, runId);
}

async function judge(db: Db, calm: number, troubled: number, { ledger }: Scene): Promise<void> {
  const digest = async (runId: number) => {
    const [row] = await db.sql<
      { looked: number; affected: number; products: number; rows: string; counts: string }[]
    >`
      select looked, affected, products,
        (select count(*) || ' ' || coalesce(sum(hashtextextended(a.dataset_id || c.old || c.new, 0)), 0)
         from crds.affected_dataset a cross join lateral unnest(a.changes) n(id)
         join crds.affected_change c on c.affected_change_id = n.id where a.affected_run_id = ${runId}) as rows,
        (select string_agg(type || month || n, ' ' order by type, month) from (
           select type, month, sum(datasets) as n from crds.affected_count where affected_run_id = ${runId}
           group by type, month) m) as counts
      from crds.affected_run where affected_run_id = ${runId}`;
    return row;
  };
  const [expected, found] = [await digest(calm), await digest(troubled)];
  if (expected === undefined || found === undefined) throw new Error('a comparison is gone');
  ledger.demand('datasets looked at', found.looked, expected.looked);
  ledger.demand('datasets affected', found.affected, expected.affected);
  ledger.demand('products', found.products, expected.products);
  ledger.demand('rows as without trouble', Number(found.rows === expected.rows), 1);
  ledger.demand('counts by month as without trouble', Number(found.counts === expected.counts), 1);
  const [events] = await db.sql<
    { count: number }[]
  >`select count(*) from core.event where topic = 'crds.affected'`;
  ledger.demand('ends that were told', events?.count ?? 0, 2);
}
