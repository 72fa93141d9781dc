import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { beforeAll, expect, test, vi } from 'vitest';
import { aMapping, anObservatory, toyRules } from '../../../test/support/crds.ts';
import { testServer } from '../../../test/support/server.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { crds } from '../crds/index.ts';
import { register } from './crds.ts';

const server = await testServer([crds]);
const { core } = server;
const folder = await temporaryFolder('affected');

/** Runs `orrery crds …` and gives what it printed on standard output. */
async function run(...args: string[]): Promise<string> {
  const program = new Command().exitOverride();
  register(program, async () => ({ db: core.db, config: core.config, log: core.log, close: async () => {} }));
  let printed = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    await program.parseAsync(['crds', ...args], { from: 'user' });
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
  return printed;
}

const affected = (...args: string[]) =>
  run('affected', ...args, '--observatory', 'tobs', '--server', server.address, '--token', server.adminToken);

beforeAll(async () => {
  const acs = { observatory: "'TOBS'", instrument: "'ACS'" };
  const when = "('DATE-OBS', 'TIME-OBS')";
  await anObservatory(server, 'tobs', [
    ...toyRules(),
    aMapping(
      'tobs_0002.pmap',
      { observatory: "'TOBS'", parkey: "('INSTRUME',)" },
      "{\n    'ACS' : 'tobs_acs_0002.imap',\n}",
    ),
    aMapping(
      'tobs_acs_0002.imap',
      { ...acs, parkey: "('REFTYPE',)" },
      "{\n    'biasfile' : 'tobs_acs_biasfile_0002.rmap',\n    'darkfile' : 'tobs_acs_darkfile_0001.rmap',\n}",
    ),
    aMapping(
      'tobs_acs_biasfile_0002.rmap',
      { ...acs, filekind: "'BIASFILE'", parkey: `(('DETECTOR', 'CCDGAIN'), ${when})` },
      "Match({\n    ('WFC', '1.0|2.0') : UseAfter({\n        '2002-01-01 00:00:00' : 'old_bia.fits',\n        '2011-01-01 00:00:00' : 'new_bia.fits',\n    }),\n})",
    ),
  ]);
});

test('datasets are loaded from a file, and what changes for them is found', async () => {
  const file = path.join(folder, 'datasets.jsonl');
  const line = (id: string, date: string) =>
    JSON.stringify({
      id,
      instrument: 'acs',
      date,
      header: { DETECTOR: 'WFC', CCDGAIN: 1, 'DATE-OBS': date, 'TIME-OBS': '00:00:00' },
    });
  await writeFile(file, [line('A:A', '2010-06-01'), line('B:B', '2012-06-01'), 'nonsense'].join('\n'));
  expect(await run('dataset', 'load', file, '--observatory', 'tobs')).toBe(
    '3 lines: 2 added, 0 changed, 0 unchanged, 1 refused\n',
  );
  expect(process.exitCode).toBe(1);
  process.exitCode = undefined;
  const printed = await affected('tobs_0001.pmap', 'tobs_0002.pmap', '--wait');
  expect(printed).toContain('tobs_0001.pmap --> tobs_0002.pmap, done\n');
  expect(printed).toContain('1 of 2 datasets affected, 1 products, 0 errors\n');
  expect(printed).toMatch(/acs +biasfile +1 +2010-01-01 00:00:00/);
});

test('without --wait the comparison is started and named', async () => {
  expect(await affected('tobs_0002.pmap', 'tobs_0001.pmap')).toMatch(
    /^comparison \d+: tobs_0002.pmap --> tobs_0001.pmap, (waiting|running)\n$/,
  );
});

test('a context that nobody knows is refused in the words of the server', async () => {
  await expect(affected('tobs_0001.pmap', 'tobs_0099.pmap')).rejects.toMatchObject({
    message: 'tobs has no context "tobs_0099.pmap".',
    exitCode: 5,
  });
});

test('a file that is not there is refused', async () => {
  await expect(
    run('dataset', 'load', path.join(folder, 'none'), '--observatory', 'tobs'),
  ).rejects.toMatchObject({
    code: 'crds.lines-unreadable',
  });
});
