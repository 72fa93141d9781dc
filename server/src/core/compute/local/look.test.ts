import { spawnSync } from 'node:child_process';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { RunPlaces } from './folder.ts';
import { look } from './look.ts';
import { findSupervisor, preventStart } from './supervisor.ts';

const folder = await temporaryFolder('look');
const limits = { memoryMb: 64, processes: 16, wallSeconds: 60, outputMb: 1 };

/** A run whose supervisor began so many seconds ago. */
async function begun(name: string, secondsAgo: number): Promise<RunPlaces> {
  const places = new RunPlaces(path.join(folder, name));
  await mkdir(path.join(places.control, 'begun'), { recursive: true });
  await mkdir(places.log);
  const at = Date.now() / 1000 - secondsAgo;
  await utimes(path.join(places.control, 'begun'), at, at);
  return places;
}

/** Writes this process down as the supervisor. */
async function sayWho(places: RunPlaces): Promise<void> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const ticks = stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[19];
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  await writeFile(path.join(places.control, 'supervisor'), `${process.pid} ${ticks} ${boot}\n`);
}

test('a supervisor that has just begun is given time to say who it is', async () => {
  expect(await look(await begun('young', 1), limits, null)).toEqual({ kind: 'beginning' });
});

test('one that never said who it is has died', async () => {
  expect(await look(await begun('old', 60), limits, null)).toEqual({ kind: 'lost', startedAt: null });
});

test('one that says so while a slow server looks is not taken for dead', async () => {
  const places = await begun('meanwhile', 60);
  let looks = 0;
  const slowly = async (at: RunPlaces) => {
    const found = await findSupervisor(at);
    if (++looks === 1) await sayWho(at);
    return found;
  };
  expect(await look(places, limits, null, slowly)).toMatchObject({
    kind: 'running',
    supervisor: { pid: process.pid },
  });
});

test('a run that may not begin any more stays unstarted, also when whoever took it back was killed', async () => {
  const places = new RunPlaces(path.join(folder, 'taken-back'));
  expect(await preventStart(places)).toBe(true);
  expect(await look(places, limits, null)).toEqual({ kind: 'unstarted' });
  expect(await preventStart(places)).toBe(true);
  const supervise = fileURLToPath(new URL('./supervise.sh', import.meta.url));
  expect(spawnSync('sh', [supervise, places.top, '/nowhere']).status).toBe(0);
  expect(await findSupervisor(places)).toBeNull();
});

test('a supervisor that has begun is not prevented any more', async () => {
  expect(await preventStart(await begun('at-work', 1))).toBe(false);
});
