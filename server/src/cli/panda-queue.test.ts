import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { loadConfig } from '../core/config/index.ts';
import { silentLog } from '../core/log.ts';
import { registerEndpoints } from './panda-endpoint.ts';
import { registerQueues } from './panda-queue.ts';

const db = await testDatabase();
const { config } = loadConfig({ file: '/dev/null' });
const folder = await temporaryFolder('queue');
afterEach(() => {
  process.exitCode = undefined;
});

/** Runs `orrery panda …` on the test's database and gives what it printed. */
async function run(...args: string[]): Promise<string> {
  const panda = new Command().exitOverride();
  const open = async () => ({ db, config, log: silentLog, close: async () => {} });
  registerQueues(panda, open);
  registerEndpoints(panda, open);
  for (const group of panda.commands) for (const command of group.commands) command.exitOverride();
  let printed = '';
  const collect = (text: unknown) => {
    printed += String(text);
    return true;
  };
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(collect),
  );
  try {
    await panda.parseAsync(args, { from: 'user' });
  } finally {
    for (const stream of streams) stream.mockRestore();
  }
  return printed;
}

async function file(name: string, content: unknown): Promise<string> {
  const place = path.join(folder, name);
  await writeFile(place, typeof content === 'string' ? content : JSON.stringify(content));
  return place;
}
const described = { nickname: 'SHELL', panda_resource: 'SHELL', copytools: { mv: {} }, maxrss: 4000 };

test('a queue is put from a file, and the same file again changes nothing', async () => {
  const good = await file('queue.json', described);
  expect(await run('queue', 'put', good)).toBe('SHELL version 1 made\n');
  expect(await run('queue', 'put', good)).toBe('SHELL version 1 unchanged\n');
});

test('of several files all are put or none, and every fault is told', async () => {
  const good = await file('more.json', { ...described, maxrss: 5000 });
  const wrong = await file('wrong.json', { ...described, nickname: 'OTHER', maxrss: 'x', timefloor: [] });
  await expect(run('queue', 'put', good, wrong)).rejects.toThrow(/maxrss: .*integer; timefloor: .*integer/);
  expect(await run('queue', 'show', 'SHELL')).toContain('4000');
  await expect(run('queue', 'put', await file('broken.json', '{'))).rejects.toMatchObject({
    code: 'cli.file-unreadable',
  });
  await expect(run('queue', 'put', await file('list.json', []))).rejects.toThrow('holds no JSON object');
  await expect(run('queue', 'put', path.join(folder, 'no-such.json'))).rejects.toThrow('no such file');
});

test('the status is set with a reason that others read', async () => {
  await run('queue', 'status', 'SHELL', 'offline', '--reason', 'no power');
  expect(await run('queue', 'list')).toMatch(/^SHELL +offline .* no power$/m);
  expect(JSON.parse(await run('queue', 'show', 'SHELL'))).toMatchObject({
    nickname: 'SHELL',
    status: 'offline',
  });
  await expect(run('queue', 'status', 'SHELL', 'asleep', '--reason', 'x')).rejects.toThrow(/Allowed choices/);
  await expect(run('queue', 'status', 'SHELL', 'online')).rejects.toThrow(/--reason/);
  await expect(run('queue', 'status', 'NO-SUCH', 'online', '--reason', 'x')).rejects.toThrow(
    'There is no queue "NO-SUCH".',
  );
  await expect(run('queue', 'show', 'NO-SUCH')).rejects.toMatchObject({ code: 'panda.queue-unknown' });
});

test('an import counts, says what is wrong, and fails when something was', async () => {
  const exported = { NEW: { copytools: { rucio: {} }, vo_name: 'atlas' } };
  const broken = await file('cric.json', { ...exported, BAD: { copytools: 'rucio' } });
  expect(await run('queue', 'import', broken)).toMatch(
    /^1 made, 0 changed, 0 unchanged, 1 refused\nBAD: copytools: .*object\n$/,
  );
  expect(process.exitCode).toBe(1);
  process.exitCode = undefined;
  expect(await run('queue', 'import', await file('good.json', exported))).toBe(
    '0 made, 0 changed, 1 unchanged, 0 refused\n',
  );
  expect(process.exitCode).toBeUndefined();
});

test('storage is put by name', async () => {
  const storage = await file('storage.json', { DISK: { name: 'DISK', type: 'DATADISK' } });
  expect(await run('endpoint', 'put', storage)).toBe('DISK made\n');
  expect(await run('endpoint', 'list')).toMatch(/^DISK +- +DATADISK/m);
});

test('a downtime is announced, listed and taken back', async () => {
  const number = (await run('queue', 'downtime', 'SHELL', '--for', '2h', '--reason', 'new roof')).trim();
  expect(number).toMatch(/^\d+$/);
  await run(
    'queue',
    'downtime',
    'SHELL',
    '--from',
    '2199-01-01',
    '--to',
    '2199-01-02 08:00',
    '--reason',
    'later',
  );
  const listed = await run('queue', 'downtimes');
  expect(listed).toMatch(new RegExp(`^${number} +SHELL .* offline .* new roof$`, 'm'));
  expect(listed).toContain('2199-01-01T00:00:00Z  2199-01-02T08:00:00Z');
  await run('queue', 'up', number);
  expect(await run('queue', 'downtimes')).not.toContain('new roof');
  for (const wrong of [
    ['--reason', 'x'],
    ['--for', '2h', '--to', '2199-01-01', '--reason', 'x'],
    ['--from', 'tomorrow', '--for', '2h', '--reason', 'x'],
    ['--from', '2199-13-01', '--for', '2h', '--reason', 'x'],
    ['--to', '2001-01-01', '--reason', 'x'],
  ]) {
    await expect(run('queue', 'downtime', 'SHELL', ...wrong)).rejects.toMatchObject({ kind: 'invalid' });
  }
  await expect(run('queue', 'up', '0x1')).rejects.toMatchObject({ kind: 'invalid' });
  await expect(run('queue', 'up', '4711')).rejects.toThrow('There is no downtime 4711.');
});
