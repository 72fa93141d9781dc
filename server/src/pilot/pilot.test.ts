import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { aScene } from '../../../test/support/pilot-scene.ts';

const script = '#!/bin/sh\nout=$1; shift\necho "words: $*"\necho "$*" > "$out"\n';

test('a job runs to the end: its output and its log lie in the storage, and the report names them', async () => {
  const { server, storage, start } = await aScene();
  server.scripts.set('run', script);
  server.addJob({ PandaID: 7, jobPars: "out.txt 'two words' three", outFiles: 'out.txt,log.tgz' });
  const pilot = start('--jobs', '1');
  expect([await pilot.ended, pilot.log()]).toEqual([0, expect.any(String)]);
  expect(server.reports.map(({ state }) => state)).toEqual(['starting', 'running', 'finished']);
  const final = server.reports.at(-1);
  expect(final).toMatchObject({
    jobId: '7',
    attemptNr: 1,
    transExitCode: 0,
    pilotErrorCode: 0,
    siteName: 'LOCALTEST',
  });
  const xml = JSON.parse(String(final?.xml)) as Record<
    string,
    { fsize: number; surl: string; endpoint: string; guid: string }
  >;
  expect(Object.keys(xml).toSorted()).toEqual(['log.tgz', 'out.txt']);
  expect(xml['out.txt']).toMatchObject({ fsize: 16, endpoint: 'LOCAL_DATADISK', adler32: '354f05ec' });
  expect(xml['log.tgz']?.guid).toBe('LOG-GUID');
  const file = new URL(xml['out.txt']?.surl ?? '').pathname;
  expect(file).toBe(path.join(storage, 'user/tester/77/d0/out.txt'));
  expect(await readFile(file, 'utf8')).toBe('two words three\n');
  const log = gunzipSync(await readFile(new URL(xml['log.tgz']?.surl ?? '').pathname)).toString('latin1');
  expect(log).toContain('tarball_PandaJob_7_LOCALTEST/payload.stdout');
  expect(log).toContain('words: two words three');
  expect(log).toContain('pilotlog.txt');
  expect(log).not.toContain('LOCALTEST/out.txt');
  expect(server.asked[0]).toMatchObject({ siteName: 'LOCALTEST', prodSourceLabel: 'unified' });
  expect(server.tokens).toEqual(new Set(['Bearer a-token local.pilot']));
});

test('a payload that fails gives 1305 with its exit code, and only the log is stored', async () => {
  const { server, start } = await aScene();
  server.scripts.set(
    'run',
    '#!/bin/sh\necho out > out.txt\necho \'{"error_code": 77, "error_diag": "own words"}\' > payload_error_report.json\nexit 9\n',
  );
  server.addJob({ PandaID: 8, outFiles: 'out.txt,log.tgz' });
  expect(await start('--jobs', '1').ended).toBe(0);
  const final = server.reports.at(-1);
  expect(final).toMatchObject({
    state: 'failed',
    pilotErrorCode: 1305,
    transExitCode: 9,
    exeErrorCode: 77,
    exeErrorDiag: 'own words',
  });
  expect(Object.keys(JSON.parse(String(final?.xml)) as object)).toEqual(['log.tgz']);
  expect(String(final?.pilotLog)).toContain('exit code 9');
});

test('the payload sees neither the token nor the environment of the pilot, and nothing of it is left running', async () => {
  const { server, folder, start } = await aScene();
  server.scripts.set(
    'run',
    '#!/bin/sh\nenv > out.txt\n(setsid sleep 1000 & echo $! > pid; wait) & sleep 0.3; cat pid >> out.txt\n',
  );
  server.addJob({ PandaID: 9, outFiles: 'out.txt' });
  process.env.ORRERY_TEST_SECRET = 'hidden';
  expect(await start('--jobs', '1', '--keep').ended).toBe(0);
  const found = (await readdir(path.join(folder, 'work'), { recursive: true })).find((name) =>
    name.endsWith('out.txt'),
  );
  const text = await readFile(path.join(folder, 'work', found ?? ''), 'utf8');
  expect(text).toContain('PANDAID=9');
  expect(text).not.toMatch(/hidden|a-token/);
  const pid = Number(text.trim().split('\n').at(-1));
  expect(pid).toBeGreaterThan(1);
  await eventually(() => expect(() => process.kill(pid, 0)).toThrow());
});

test.each([
  ['a transformation from elsewhere', { transformation: 'http://127.0.0.1:1/trf/run' }, 1149],
  ['a missing output', { outFiles: 'never.txt' }, 1165],
  [
    'an input nobody has',
    { inFiles: 'in.txt', scopeIn: 'user.tester', ddmEndPointIn: 'LOCAL_DATADISK', fsize: '1' },
    1099,
  ],
  ['an unknown endpoint', { outFiles: 'out.txt', ddmEndPointOut: 'NOWHERE' }, 1133],
  ['a name that leads elsewhere', { outFiles: '../out.txt' }, -1137],
])('%s fails the job with its code', async (_what, wish, code) => {
  const { server, start } = await aScene();
  server.scripts.set('run', script);
  server.addJob({ PandaID: 10, jobPars: 'out.txt x', ...wish });
  expect(await start('--jobs', '1', '--patience', '0.2').ended).toBe(0);
  expect(server.reports.at(-1)).toMatchObject({ state: 'failed', pilotErrorCode: code });
});
