import { readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { aScene, type Scene } from '../../../test/support/pilot-scene.ts';

const sleeper = '#!/bin/sh\necho begun\necho $$ > pid\nsleep 1000\n';

async function untilBegun({ server, folder }: Scene): Promise<number> {
  return eventually(() => {
    expect(server.reports.map(({ state }) => state)).toContain('running');
    const names = readdirSync(path.join(folder, 'work'), { recursive: true, encoding: 'utf8' });
    const file = names.find((name) => name.endsWith('/pid')) ?? 'none';
    const pid = Number(readFileSync(path.join(folder, 'work', file), 'utf8'));
    expect(pid).toBeGreaterThan(1);
    return pid;
  });
}

/** Soon: whoever inherited it has to take notice of its end. */
async function isGone(pid: number): Promise<void> {
  await eventually(() => expect(() => process.kill(pid, 0)).toThrow());
}

test('a job that the server asks to kill ends with 1144 and its log', async () => {
  const scene = await aScene();
  const { server, start } = scene;
  server.scripts.set('run', sleeper);
  server.addJob({ PandaID: 20, outFiles: 'log.tgz', scopeOut: '' });
  const pilot = start('--jobs', '1', '--heartbeat', '0.1');
  const pid = await untilBegun(scene);
  server.commands = ['tobekilled'];
  expect(await pilot.ended).toBe(0);
  const final = server.reports.at(-1);
  expect(final).toMatchObject({
    state: 'failed',
    pilotErrorCode: 1144,
    pilotErrorDiag: 'This job was killed by panda server',
  });
  expect(Object.keys(JSON.parse(String(final?.xml)) as object)).toEqual(['log.tgz']);
  await isGone(pid);
});

test('in debug mode heartbeats carry the end of the output, or what a command prints', async () => {
  const scene = await aScene();
  const { server, start } = scene;
  server.scripts.set('run', sleeper);
  server.addJob({ PandaID: 21, outFiles: '' });
  start('--heartbeat', '0.1', '--debug-heartbeat', '0.1');
  await untilBegun(scene);
  server.commands = ['debug'];
  await eventually(() => expect(server.reports.at(-1)?.stdout).toMatch(/payload\.stdout\nbegun\n$/));
  server.commands = ['debug,ls -l'];
  await eventually(() => expect(server.reports.at(-1)?.stdout).toContain('payload.stderr'));
  server.commands = ['debug,tail ../record.json'];
  await eventually(() => expect(server.reports.at(-1)?.stdout).toContain('not in the folder of the job'));
});

test('told to end, the pilot ends its payload, reports 1201 and goes', async () => {
  const scene = await aScene();
  const { server, start } = scene;
  server.scripts.set('run', sleeper);
  server.addJob({ PandaID: 22, outFiles: '' });
  const pilot = start();
  const pid = await untilBegun(scene);
  pilot.child.kill('SIGTERM');
  expect(await pilot.ended).toBe(0);
  expect(server.reports.at(-1)).toMatchObject({ state: 'failed', pilotErrorCode: 1201 });
  await isGone(pid);
});

test.each([
  ['its time', { maxWalltime: 1 }, 'sleep 1000', 1213],
  ['its memory', { minRamCount: 60 }, 'x=$(head -c 180000000 /dev/zero | tr "\\0" x); sleep 1000', 1212],
])('a payload that exceeds %s is ended', async (_what, wish, command, code) => {
  const { server, start } = await aScene();
  server.scripts.set('run', `#!/bin/bash\n${command}\n`);
  server.addJob({ PandaID: 23, outFiles: '', ...wish });
  expect(await start('--jobs', '1').ended).toBe(0);
  expect(server.reports.at(-1)).toMatchObject({ state: 'failed', pilotErrorCode: code });
});

test.each([
  ['a container', { container_name: 'docker://x' }],
  ['steps of its own', { preprocess: '{"command": "x"}' }],
])('a job that wants %s fails at once, since this pilot has none', async (_what, wish) => {
  const { server, start } = await aScene();
  server.scripts.set('run', sleeper);
  server.addJob({ PandaID: 29, outFiles: '', ...wish });
  expect(await start('--jobs', '1').ended).toBe(0);
  expect(server.reports.at(-1)).toMatchObject({ state: 'failed', pilotErrorCode: 1110 });
});

test('when payload and pilot are told to end at the same time, it is the pilot that ended the job', async () => {
  const scene = await aScene();
  const { server, start } = scene;
  server.scripts.set('run', sleeper.replace('sleep 1000', 'exec sleep 1000'));
  server.addJob({ PandaID: 30, outFiles: '' });
  const pilot = start();
  const pid = await untilBegun(scene);
  process.kill(pid, 'SIGTERM');
  pilot.child.kill('SIGTERM');
  expect(await pilot.ended).toBe(0);
  expect(server.reports.at(-1)).toMatchObject({ state: 'failed', pilotErrorCode: 1201 });
});

test('an output that its storage has no room for fails the job at once, with what the storage says', async () => {
  const { server, storage, start } = await aScene();
  await rm(storage, { recursive: true });
  server.refusal = 'Job 31 may store 5 bytes; 0 are there and 6 would come.';
  server.scripts.set('run', '#!/bin/sh\necho words > out.txt\n');
  server.addJob({ PandaID: 31, outFiles: 'out.txt,log.tgz' });
  const pilot = start('--jobs', '1');
  expect(await pilot.ended).toBe(0);
  const final = server.reports.at(-1);
  expect(final).toMatchObject({ state: 'failed', pilotErrorCode: 1333 });
  expect(final?.pilotErrorDiag).toMatch(
    /^out\.txt could not be stored: .* answered 413: Job 31 may store 5 bytes/,
  );
  expect(server.uploads.size).toBe(2);
});

test('a final report that is not acknowledged is repeated until it is', async () => {
  const { server, start } = await aScene();
  server.scripts.set('run', '#!/bin/sh\ntrue\n');
  server.addJob({ PandaID: 24, outFiles: '' });
  const pilot = start('--jobs', '1', '--heartbeat', '1');
  await eventually(() => expect(server.reports.length).toBeGreaterThan(0));
  server.isBroken = true;
  await eventually(() => {
    expect(server.reports.filter(({ state }) => state === 'finished').length).toBeGreaterThan(1);
  });
  server.isBroken = false;
  expect(await pilot.ended).toBe(0);
  const finals = server.reports.filter(({ state }) => state === 'finished');
  expect(new Set(finals.map((report) => JSON.stringify(report))).size).toBe(1);
});

test('what a killed pilot did not get to is done by the next: the report is sent, the payload ended', async () => {
  const scene = await aScene();
  const { server, folder, start } = scene;
  server.scripts.set('run', sleeper);
  server.addJob({ PandaID: 25, outFiles: '' });
  const first = start();
  const pid = await untilBegun(scene);
  first.child.kill('SIGKILL');
  await first.ended;
  process.kill(pid, 0);
  await start('--idle', '0.2').ended;
  await isGone(pid);
  expect(server.reports.at(-1)).toMatchObject({
    jobId: '25',
    attemptNr: 1,
    state: 'failed',
    pilotErrorCode: 1200,
  });
  expect(readdirSync(path.join(folder, 'work'))).toEqual([]);
});

test('a report that was left on disk is sent by the next pilot as it is', async () => {
  const scene = await aScene();
  const { server, start } = scene;
  server.scripts.set('run', '#!/bin/sh\ntrue\n');
  server.addJob({ PandaID: 26, outFiles: '' });
  const first = start('--jobs', '1', '--report-patience', '0.2', '--heartbeat', '1');
  await eventually(() => expect(server.reports.length).toBeGreaterThan(0));
  server.isBroken = true;
  expect(await first.ended).toBe(7);
  server.isBroken = false;
  server.reports.length = 0;
  expect(await start('--idle', '0.2').ended).toBe(0);
  expect(server.reports).toMatchObject([{ jobId: '26', state: 'finished' }]);
});

test('two pilots in one folder leave the jobs of each other alone', async () => {
  const scene = await aScene();
  const { server, start } = scene;
  server.scripts.set('run', sleeper);
  server.addJob({ PandaID: 27, outFiles: '' });
  start();
  const pid = await untilBegun(scene);
  expect(await start('--idle', '0.2').ended).toBe(0);
  process.kill(pid, 0);
  expect(server.reports.map(({ state }) => state)).not.toContain('failed');
});

test('a token that is refused ends the pilot, a server that is away does not', async () => {
  const { server, folder, start } = await aScene();
  const pilot = start('--origin', 'refused');
  expect(await pilot.ended).toBe(4);
  server.isBroken = true;
  const second = start('--idle', '0.3');
  expect(await second.ended).toBe(0);
  await rm(path.join(folder, 'token'));
  expect(await start('--idle', '0.3').ended).toBe(1);
});

test('the token file is removed when it is to be forgotten', async () => {
  const { server, folder, start } = await aScene();
  await writeFile(path.join(folder, 'token'), 'once\n');
  expect(await start('--idle', '0.2', '--forget-token').ended).toBe(0);
  expect(() => readFileSync(path.join(folder, 'token'))).toThrow();
  expect(server.tokens).toEqual(new Set(['Bearer once local.pilot']));
});

test('a queue that is not active gives no jobs', async () => {
  const { server, start } = await aScene();
  server.state = 'DISABLED';
  server.addJob({ PandaID: 28 });
  const pilot = start('--idle', '0.2');
  expect(await pilot.ended).toBe(0);
  expect(pilot.log()).toContain('its state is DISABLED');
  expect(server.asked).toEqual([]);
});

test('a renewed token is used from then on', async () => {
  const { server, folder, start } = await aScene();
  await writeFile(path.join(folder, 'key'), 'the-key\n');
  server.files.set(
    '/server/panda/get_access_token',
    Buffer.from(`{'StatusCode': 0, 'userProxy': 'a-new-token'}`),
  );
  start('--token-key', path.join(folder, 'key'));
  await eventually(() => expect(server.tokens).toContain('Bearer a-new-token local.pilot'));
  expect(readFileSync(path.join(folder, 'token'), 'utf8')).toBe('a-new-token');
});
