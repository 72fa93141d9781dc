import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { toyHeader } from '../../../test/support/crds.ts';
import { crdsScene } from '../../../test/support/crds-api.ts';
import { fitsCard, fitsHeader } from '../../../test/support/fits.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { registerDatasets } from '../crds/datasets/register.ts';
import { register } from './crds.ts';

const scene = await crdsScene();
const { core } = scene;
const folder = await temporaryFolder('questions');

/** Runs `orrery crds …` against the server, without a token: what it printed, and how it failed. */
async function run(...args: string[]): Promise<{ out: string; err: string; failure: unknown }> {
  const program = new Command().exitOverride();
  register(program, () => Promise.reject(new Error('no database is needed')));
  const printed = { out: '', err: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      printed[name === 'stdout' ? 'out' : 'err'] += String(text);
      return true;
    }),
  );
  let failure: unknown = null;
  try {
    await program.parseAsync(['crds', ...args, '--server', scene.address], { from: 'user' });
  } catch (error) {
    failure = error;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { ...printed, failure };
}

async function lines(...args: string[]): Promise<string[]> {
  const { out, failure } = await run(...args);
  expect(failure).toBeNull();
  return out.trimEnd().split('\n');
}

async function json<T>(...args: string[]): Promise<T> {
  const { out, failure } = await run(...args, '--json');
  expect(failure).toBeNull();
  return JSON.parse(out) as T;
}

const header = path.join(folder, 'header.json');
const image = path.join(folder, 'image.fits');

beforeAll(async () => {
  await writeFile(header, JSON.stringify(toyHeader));
  const first = [
    fitsCard('SIMPLE', true),
    fitsCard('BITPIX', 8),
    fitsCard('NAXIS', 0),
    fitsCard('INSTRUME', 'ACS'),
  ];
  const second = [
    fitsCard('XTENSION', 'IMAGE'),
    fitsCard('BITPIX', 8),
    fitsCard('NAXIS', 0),
    ...Object.entries({ ...toyHeader, INSTRUME: 'OTHER' }).map(([name, value]) => fitsCard(name, value)),
  ];
  await writeFile(image, Buffer.concat([fitsHeader(first), fitsHeader(second)]));
  const line = JSON.stringify({ id: 'J1:J1A', instrument: 'acs', header: toyHeader, date: '2012-02-20' });
  await registerDatasets(
    core,
    'tobs',
    (async function* () {
      yield Buffer.from(`${line}\n`);
    })(),
    { name: 'test' },
  );
});

describe('orrery crds bestrefs', () => {
  test.each([
    ['--header', () => header],
    ['--fits', () => image],
    ['--dataset', () => 'j1a'],
  ])('with %s prints the file of each type', async (flag, value) => {
    expect(await lines('bestrefs', flag, value())).toEqual([
      expect.stringMatching(/^TYPE \(acs\)\s+tobs_0001\.pmap\s+RULES$/),
      expect.stringMatching(/^biasfile\s+new_bia\.fits\s+tobs_acs_biasfile_0001\.rmap$/),
      expect.stringMatching(/^darkfile\s+n\/a\s+tobs_acs_darkfile_0001\.rmap$/),
    ]);
  });

  test('takes context, types and another context to compare with', async () => {
    const args = [
      '--header',
      header,
      '--context',
      'tobs-edit',
      '--types',
      'biasfile',
      '--compare-with',
      'tobs-latest',
    ];
    expect(await lines('bestrefs', ...args)).toEqual([
      expect.stringContaining('tobs_0001.pmap'),
      expect.stringMatching(/^biasfile\s+newer_bia\.fits\s+\S+\s+new_bia\.fits$/),
    ]);
    expect(await json<{ context: string }>('bestrefs', ...args)).toMatchObject({ context: 'tobs_0002.pmap' });
  });

  test('says why, down to the rule', async () => {
    const told = await lines('bestrefs', '--header', header, '--why', 'biasfile');
    expect(told[0]).toBe('Why new_bia.fits?');
    expect(told.join('\n')).toMatch(
      /UseAfter by DATE-OBS, TIME-OBS\n.*\n.*old_bia\.fits\n\*\s+\d+\s+2010-01-01 00:00:00\s+new_bia\.fits/,
    );
    expect(told.at(-1)).toBe('Otherwise: an exposure of 2002-01-01 00:00:00 gets old_bia.fits.');
  });

  test('ends with 1 when the rules have no answer', async () => {
    const wrong = path.join(folder, 'wrong.json');
    await writeFile(wrong, JSON.stringify({ ...toyHeader, CCDGAIN: '9' }));
    const { out, failure } = await run('bestrefs', '--header', wrong);
    expect(out).toMatch(/^biasfile +NOT FOUND +parameter='CCDGAIN'/m);
    expect(failure).toMatchObject({ exitCode: 1, message: 'The rules have no answer for biasfile.' });
    expect((await run('bestrefs', '--header', wrong, '--why', 'biasfile')).failure).toMatchObject({
      exitCode: 1,
    });
  });

  test.each([
    [['bestrefs'], 2],
    [['bestrefs', '--header', '/nowhere.json', '--fits', '/nowhere.fits'], 2],
    [['bestrefs', '--fits', '/nowhere.fits'], 2],
    [['bestrefs', '--fits', new URL(import.meta.url).pathname], 2],
    [['bestrefs', '--dataset', 'nothing'], 5],
    [['bestrefs', '--dataset', 'j1a', '--context', 'tobs_0404.pmap'], 5],
    [['bestrefs', '--dataset', 'j1a', '--observatory', 'nope'], 5],
    [['bestrefs', '--dataset', "a'b"], 6],
  ])('%j ends with %i', async (args, exitCode) => {
    expect((await run(...args)).failure).toMatchObject({ exitCode });
  });
});

describe('orrery crds diff', () => {
  test('prints the rules that differ', async () => {
    const { out, err } = await run('diff', 'tobs_0001.pmap', 'tobs-edit');
    expect(out).toMatch(
      /tobs_acs_biasfile_0002\.rmap\s+DETECTOR=WFC CCDGAIN=1\.0\|2\.0 DATE-OBS=2010-01-01 TIME-OBS=00:00:00\s+replaced 'new_bia\.fits' with 'newer_bia\.fits'/,
    );
    expect(out.trimEnd().split('\n')).toHaveLength(7);
    expect(err).toBe('tobs_0001.pmap --> tobs_0002.pmap: 6 differences, 2 references new, 1 gone.\n');
  });

  test('prints the files alone, or their lines', async () => {
    expect(await lines('diff', 'tobs_0001.pmap', 'tobs_0002.pmap', '--summary')).toHaveLength(4);
    const text = await lines('diff', 'tobs_0001.pmap', 'tobs_0002.pmap', '--text');
    expect(text.filter((line) => line.startsWith('--- '))).toEqual([
      '--- tobs_0001.pmap',
      '--- tobs_acs_0001.imap',
      '--- tobs_acs_biasfile_0001.rmap',
    ]);
    expect(text).toContain("+        '2010-01-01 00:00:00' : 'newer_bia.fits',");
    expect(await json<{ rows: unknown[] }>('diff', 'tobs_0001.pmap', 'tobs_0002.pmap')).toMatchObject({
      total: 6,
      rows: { length: 6 },
    });
    expect(await json<unknown[]>('diff', 'tobs_0001.pmap', 'tobs_0002.pmap', '--text')).toHaveLength(3);
  });

  test('of unknown mappings ends with 5', async () => {
    expect((await run('diff', 'tobs_0001.pmap', 'tobs_0404.pmap')).failure).toMatchObject({ exitCode: 5 });
  });
});

describe('orrery crds uses', () => {
  test('lists the mappings that lead to files', async () => {
    const rows = await lines('uses', 'newer_bia.fits', 'hrc_drk.fits');
    expect(rows.map((row) => row.split(/\s+/).slice(0, 2).join(' ')).slice(1)).toEqual([
      'newer_bia.fits tobs_acs_biasfile_0002.rmap',
      'newer_bia.fits tobs_acs_0002.imap',
      'newer_bia.fits tobs_0002.pmap',
      'hrc_drk.fits tobs_acs_darkfile_0001.rmap',
      'hrc_drk.fits tobs_acs_0002.imap',
      'hrc_drk.fits tobs_acs_0001.imap',
      'hrc_drk.fits tobs_0002.pmap',
      'hrc_drk.fits tobs_0001.pmap',
    ]);
    expect(await lines('uses', 'hrc_drk.fits', '--direct')).toHaveLength(2);
    expect(await lines('uses', 'hrc_drk.fits', '--contexts')).toHaveLength(3);
    expect(await json('uses', 'newer_bia.fits')).toMatchObject([
      { file: 'newer_bia.fits', usedBy: { length: 3 } },
    ]);
    expect((await run('uses', 'tobs_0002.pmap')).err).toBe('No mapping leads to tobs_0002.pmap.\n');
    expect((await run('uses', 'nothing.fits')).failure).toMatchObject({ exitCode: 5 });
  });
});

describe('orrery crds matches', () => {
  test('prints the ways through the rules', async () => {
    expect((await lines('matches', 'hrc_drk.fits')).slice(1)).toEqual([
      'hrc_drk.fits  tobs_acs_darkfile_0001.rmap  DETECTOR=HRC / DATE-OBS=2002-01-01 TIME-OBS=00:00:00',
    ]);
    const { out, err } = await run('matches', 'newer_bia.fits');
    expect([out.trimEnd().split('\n').length, err]).toEqual([
      1,
      'No rule of tobs_0001.pmap leads to newer_bia.fits.\n',
    ]);
    expect(await json('matches', 'newer_bia.fits', '--context', 'tobs-edit')).toMatchObject([
      { file: 'newer_bia.fits', context: 'tobs_0002.pmap', rows: [{}] },
    ]);
  });
});

test('of several observatories one must be named, unless names say it', async () => {
  await core.db.sql`insert into crds.observatory (observatory, title) values ('other', 'Other')`;
  await expect
    .poll(async () => (await run('matches', 'hrc_drk.fits')).failure, { timeout: 5000 })
    .toMatchObject({ exitCode: 2, next: expect.stringContaining('other, tobs') });
  expect((await run('matches', 'hrc_drk.fits', '--context', 'tobs-edit')).failure).toBeNull();
  expect((await run('matches', 'hrc_drk.fits', '--observatory', 'tobs')).failure).toBeNull();
});
