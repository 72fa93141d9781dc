import { Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { addFiles } from '../catalogue/files.store.ts';
import { registerDatasets } from '../datasets/register.ts';
import { crds } from '../index.ts';
import { endAbandonedRuns } from './abandoned.ts';
import { affectedResult, cancelAffected, getRun, startAffected } from './affected.ts';
import { lookAtContext } from './monitor.ts';
import { listRows } from './results.store.ts';

const server = await testServer([crds]);
const { core } = server;
const actor = { name: 'tester' };

const header = (kind: string, more: string) =>
  `header = {'mapping': '${kind}', 'observatory': 'tobs', 'derived_from': 'none', ${more}}\n`;

const rmap = (name: string, filekind: string, rules: string, more = '') =>
  `${header(
    'REFERENCE',
    `'instrument': 'ACS', 'filekind': '${filekind}', 'name': '${name}',
    'parkey': (('DETECTOR', 'CCDGAIN'), ('DATE-OBS', 'TIME-OBS')), ${more}`,
  )}selector = Match({${rules}})\n`;

const imap = (name: string, types: Record<string, string>) =>
  `${header('INSTRUMENT', `'instrument': 'ACS', 'name': '${name}', 'parkey': ('REFTYPE',)`)}selector = ${JSON.stringify(types)}\n`;

const pmap = (name: string, imapName: string) =>
  `${header('PIPELINE', `'name': '${name}', 'parkey': ('INSTRUME',)`)}selector = {'ACS': '${imapName}'}\n`;

const bias = "('WFC', '1.0'): UseAfter({'2000-01-01 00:00:00': 'w1.fits'})";
const files: Record<string, [text: string, uses: string[]]> = {
  'tobs_acs_biasfile_0001.rmap': [rmap('tobs_acs_biasfile_0001.rmap', 'biasfile', bias), []],
  'tobs_acs_biasfile_0002.rmap': [
    rmap(
      'tobs_acs_biasfile_0002.rmap',
      'biasfile',
      "('WFC', '1.0'): UseAfter({'2000-01-01 00:00:00': 'w1.fits', '2005-01-01 00:00:00': 'w2.fits'})",
    ),
    [],
  ],
  'tobs_acs_darkfile_0001.rmap': [
    rmap(
      'tobs_acs_darkfile_0001.rmap',
      'darkfile',
      "('*', '*'): UseAfter({'2004-01-01 00:00:00': 'd1.fits'})",
    ),
    [],
  ],
  'tobs_acs_darkfile_0002.rmap': [
    rmap(
      'tobs_acs_darkfile_0002.rmap',
      'darkfile',
      "('HRC', '*'): UseAfter({'2004-01-01 00:00:00': 'd1.fits'})",
    ),
    [],
  ],
  ...Object.fromEntries(
    [
      [1, 1, 1],
      [2, 2, 1],
      [3, 2, 2],
    ].flatMap(([context, biasfile, darkfile]) => {
      const types = {
        biasfile: `tobs_acs_biasfile_000${biasfile}.rmap`,
        darkfile: `tobs_acs_darkfile_000${darkfile}.rmap`,
      };
      const imapName = `tobs_acs_000${context}.imap`;
      return [
        [imapName, [imap(imapName, types), Object.values(types)]],
        [`tobs_000${context}.pmap`, [pmap(`tobs_000${context}.pmap`, imapName), [imapName]]],
      ];
    }),
  ),
};

const dataset = (id: string, date: string, detector: string, gain: unknown = 1) =>
  JSON.stringify({
    id,
    instrument: 'acs',
    header: { 'DATE-OBS': date, 'TIME-OBS': '12:00:00', DETECTOR: detector, CCDGAIN: gain, INSTRUME: 'ACS' },
  });

const setLatest = (context: string) =>
  core.db.sql`update crds.observatory set latest_context = ${context} where observatory = 'tobs'`;

const ended = (runId: number) =>
  eventually(async () => {
    const run = await getRun(core, 'tobs', runId);
    expect(['done', 'failed', 'cancelled']).toContain(run.state);
    return run;
  });

const rowsOf = async (runId: number) =>
  (await listRows(core.db.sql, runId, {}, { datasetId: 0, type: '' }, 100)).map(
    ({ product, type, old, new: current }) => [product, type, old, current],
  );

beforeAll(async () => {
  await core.db.sql`insert into crds.observatory (observatory) values ('tobs'), ('hst')`;
  await core.db.transaction((tx) =>
    addFiles(
      tx,
      'tobs',
      Object.entries(files).map(([name, [text, uses]]) => ({ name, content: Buffer.from(text), uses })),
    ),
  );
  const lines = [
    dataset('EARLY:EARLY', '2001-01-01', 'WFC'),
    dataset('LATE:ONE', '2006-01-01', 'WFC', '1.0'),
    dataset('LATE:TWO', '2006-01-02', 'WFC', 1),
    dataset('OTHER:OTHER', '2006-01-03', 'WFC', 2),
    dataset('HIGH:HIGH', '2006-01-04', 'HRC'),
    dataset('UNDATED:UNDATED', '2006-01-05', 'WFC')
      .replace('12:00:00', 'noon')
      .replace('"instrument"', '"date":"2006-01-05","instrument"'),
  ];
  await registerDatasets(core, 'tobs', Readable.from([Buffer.from(lines.join('\n'))]), actor);
});

describe('a comparison of two contexts', () => {
  test('finds the datasets that get another file, since the earliest rule that differs', async () => {
    const runId = await startAffected(
      core,
      { observatory: 'tobs', old: 'tobs_0001.pmap', new: 'tobs_0002.pmap' },
      actor,
    );
    const run = await ended(runId);
    expect(run).toMatchObject({ state: 'done', total: 5, looked: 5, affected: 2, products: 1, errors: 3 });
    expect(run.touched).toEqual([{ instrument: 'acs', type: 'biasfile', since: '2005-01-01 00:00:00' }]);
    expect(await rowsOf(runId)).toEqual([
      ['LATE', 'biasfile', 'w1.fits', 'w2.fits'],
      ['LATE', 'biasfile', 'w1.fits', 'w2.fits'],
    ]);
    const result = await affectedResult(core, 'tobs', 'tobs_0001.pmap', 'tobs_0002.pmap');
    expect(result).toMatchObject({
      affected_ids: ['late'],
      bestrefs_status: 1,
      old_context: 'tobs_0001.pmap',
      new_context: 'tobs_0002.pmap',
      observatory: 'tobs',
    });
    expect(result.computation_dir).toMatch(/^\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d$/);
    expect(result.bestrefs_err_summary).toContain("parameter='CCDGAIN' value='2.0' is not in");
  });

  test('counts what has no rule any more, and tells when it is done', async () => {
    const runId = await startAffected(
      core,
      { observatory: 'tobs', old: 'tobs_0001.pmap', new: 'tobs_0003.pmap' },
      actor,
    );
    const run = await ended(runId);
    expect(run).toMatchObject({ state: 'done', total: 5, affected: 3, products: 2 });
    const [event] = await core.db.sql<{ key: string; data: unknown }[]>`
      select key, data from core.event where topic = 'crds.affected' and (data ->> 'run')::int = ${runId}`;
    expect(event).toMatchObject({
      key: 'tobs',
      data: {
        run: runId,
        affected: 3,
        types: [
          { instrument: 'acs', type: 'darkfile', affected: 3 },
          { instrument: 'acs', type: 'biasfile', affected: 2 },
        ],
      },
    });
    expect(await rowsOf(runId)).toContainEqual(['OTHER', 'darkfile', 'd1.fits', 'NOT FOUND']);
  });

  test('of the same context twice affects nothing', async () => {
    const runId = await startAffected(
      core,
      { observatory: 'tobs', old: 'tobs_0001.pmap', new: 'tobs_0001.pmap' },
      actor,
    );
    expect(await ended(runId)).toMatchObject({ state: 'done', total: 0, affected: 0, touched: [] });
  });

  test('that nobody made is told in the words that clients look for', async () => {
    await expect(affectedResult(core, 'tobs', 'tobs_0002.pmap', 'tobs_0003.pmap')).rejects.toThrow(
      'No precomputed affected datasets results exist',
    );
    await expect(affectedResult(core, 'tobs', 'tobs_0001.pmap', 'tobs_7777.pmap')).rejects.toThrow(
      'No precomputed affected datasets results exist for tobs_0001.pmap --> tobs_7777.pmap',
    );
    await expect(affectedResult(core, 'hst', null, null)).rejects.toThrow(
      'No precomputed affected datasets results exist',
    );
  });

  test('refuses what is no whole context, and contexts that nobody knows', async () => {
    const start = (old: string, current: string) =>
      startAffected(core, { observatory: 'tobs', old, new: current }, actor);
    await expect(start('tobs_acs_0001.imap', 'tobs_0002.pmap')).rejects.toMatchObject({
      code: 'crds.context-unsuitable',
    });
    await expect(start('tobs_0001.pmap', 'tobs_0099.pmap')).rejects.toMatchObject({
      code: 'crds.context-unknown',
    });
  });

  test('whose mapping is missing fails with a sentence', async () => {
    await core.db.transaction((tx) =>
      addFiles(tx, 'tobs', [
        {
          name: 'tobs_0009.pmap',
          content: Buffer.from(pmap('tobs_0009.pmap', 'no.imap')),
          uses: ['tobs_acs_0009.imap'],
        },
      ]),
    );
    const runId = await startAffected(
      core,
      { observatory: 'tobs', old: 'tobs_0001.pmap', new: 'tobs_0009.pmap' },
      actor,
    );
    expect(await ended(runId)).toMatchObject({
      state: 'failed',
      message: 'tobs_acs_0009.imap, to which tobs_0009.pmap leads, is not in the catalogue.',
    });
  });

  test('that nobody goes on with is ended with the reason', async () => {
    await core.queue.pause('crds.affected-plan', 'for the test');
    const runId = await startAffected(
      core,
      { observatory: 'tobs', old: 'tobs_0003.pmap', new: 'tobs_0001.pmap' },
      actor,
    );
    await endAbandonedRuns(core);
    expect(await getRun(core, 'tobs', runId)).toMatchObject({ state: 'waiting' });
    await core.db.sql`
      update core.task set state = 'dead', last_error = 'its processes died'
      where kind = 'crds.affected-plan' and (payload ->> 'runId')::int = ${runId}`;
    await endAbandonedRuns(core);
    await core.queue.resume('crds.affected-plan');
    expect(await getRun(core, 'tobs', runId)).toMatchObject({
      state: 'failed',
      message: 'A task of it could not be run: its processes died.',
    });
  });

  test('callers of the same moment get one run of the same contexts', async () => {
    await core.queue.pause('crds.affected-plan', 'for the test');
    const wish = { observatory: 'tobs', old: 'tobs_0003.pmap', new: 'tobs_0002.pmap' };
    const runs = await Promise.all(Array.from({ length: 20 }, () => startAffected(core, wish, actor)));
    expect(new Set(runs).size).toBe(1);
    await cancelAffected(core, 'tobs', runs[0] as number, actor);
    await core.queue.resume('crds.affected-plan');
  });

  test('can be cancelled once, and never afterwards', async () => {
    await core.queue.pause('crds.affected-plan', 'for the test');
    const runId = await startAffected(
      core,
      { observatory: 'tobs', old: 'tobs_0002.pmap', new: 'tobs_0003.pmap' },
      actor,
    );
    await cancelAffected(core, 'tobs', runId, actor);
    await core.queue.resume('crds.affected-plan');
    expect(await getRun(core, 'tobs', runId)).toMatchObject({
      state: 'cancelled',
      message: 'Cancelled by tester.',
    });
    await expect(cancelAffected(core, 'tobs', runId, actor)).rejects.toMatchObject({
      code: 'crds.affected-run-ended',
    });
    await expect(cancelAffected(core, 'hst', runId, actor)).rejects.toMatchObject({
      code: 'crds.affected-run-unknown',
    });
  });
});

describe('the monitor', () => {
  const runs = async () =>
    (
      await core.db.sql<{ pair: string }[]>`
        select old_context || ' ' || new_context as pair from crds.affected_run
        where requested_by = 'system' order by affected_run_id`
    ).map(({ pair }) => pair);

  test('starts one comparison for each newer context, however many look', async () => {
    await core.schedules.pause('crds.affected-monitor', 'for the test');
    await setLatest('tobs_0001.pmap');
    expect(await lookAtContext(core, 'tobs')).toBe('first');
    await setLatest('tobs_0002.pmap');
    const looks = await Promise.all([1, 2, 3, 4].map(() => lookAtContext(core, 'tobs')));
    expect(looks.sort()).toEqual(['started', 'unchanged', 'unchanged', 'unchanged']);
    expect(await runs()).toEqual(['tobs_0001.pmap tobs_0002.pmap']);
  });

  test('remembers a context that goes back without a comparison', async () => {
    await setLatest('tobs_0001.pmap');
    expect(await lookAtContext(core, 'tobs')).toBe('backward');
    await setLatest('tobs_0003.pmap');
    expect(await lookAtContext(core, 'tobs')).toBe('started');
    expect(await runs()).toEqual(['tobs_0001.pmap tobs_0002.pmap', 'tobs_0001.pmap tobs_0003.pmap']);
  });

  test('hears of a change by its event', async () => {
    await setLatest('tobs_0001.pmap');
    await lookAtContext(core, 'tobs');
    await setLatest('tobs_0002.pmap');
    await core.db.transaction((tx) => core.events.publish(tx, 'crds.context', 'tobs', {}));
    await eventually(async () => expect(await runs()).toHaveLength(3));
  });
});
