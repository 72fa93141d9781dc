import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { join } from './postmaster.ts';

const keeper = readFileSync(new URL('./keeper.sh', import.meta.url), 'utf8');
let members: string;
let child: ChildProcess;
/** In place of PostgreSQL: ends by SIGINT as it does. It says that it listens by a file that is no member. */
const program = [
  process.execPath,
  '-e',
  'process.on("SIGINT", () => process.exit(0)); setInterval(() => {}, 1000); fs.writeFileSync(process.argv[1], "")',
];

beforeEach(async () => {
  members = await temporaryFolder('members with spaces');
});
afterEach(async () => {
  if (child.pid !== undefined) for (const pid of groupOf(child.pid)) process.kill(pid, 'SIGKILL');
});

function start(...command: readonly string[]): Promise<number | null> {
  child = spawn('/bin/sh', ['-c', keeper, 'orrery-keeper', members, ...command], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  return new Promise((resolve) => child.on('exit', resolve));
}

/** The program, once it listens to signals; and the end of the one who started it. */
async function startAndLeave(): Promise<Promise<number | null>[]> {
  const ready = path.join(members, 'ready');
  const ended = start(...program, ready);
  await eventually(() => expect(existsSync(ready)).toBe(true));
  (child.stdio[3] as { destroy(): void }).destroy();
  return [ended];
}

/** All living processes of the keeper's session. */
function groupOf(leader: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        const fields = readFileSync(`/proc/${entry}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return fields[3] === String(leader) && fields[0] !== 'Z';
      } catch {
        return false;
      }
    })
    .map(Number);
}

test('ends with what it runs, in its status, and leaves no process behind', async () => {
  expect(await start('/bin/sh', '-c', 'sleep 0.2; exit 7')).toBe(7);
  await eventually(() => expect(groupOf(child.pid ?? 0)).toEqual([]));
});

test('stops what it runs when the pipe closes, and leaves no process behind', async () => {
  const [ended] = await startAndLeave();
  expect(await ended).toBe(0);
  await eventually(() => expect(groupOf(child.pid ?? 0)).toEqual([]));
});

test('goes on for as long as a member lives', async () => {
  const leave = await join(members);
  const [ended] = await startAndLeave();
  // Two looks of its: one each second.
  await eventually(() => expect(groupOf(child.pid ?? 0).length).toBeGreaterThan(2));
  expect(await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1500, 'goes on'))])).toBe(
    'goes on',
  );
  await leave();
  expect(await ended).toBe(0);
});

test('a member whose pid belongs to another process now is no member', async () => {
  await writeFile(path.join(members, String(process.pid)), '1');
  await writeFile(path.join(members, '1'), '4');
  const [ended] = await startAndLeave();
  expect(await ended).toBe(0);
});
