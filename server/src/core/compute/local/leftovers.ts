import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Sql } from '../../db/index.ts';
import type { Log } from '../../log.ts';
import { RunPlaces, removePlaces } from './folder.ts';
import { askToStop, findSupervisor, isAlive } from './supervisor.ts';

/** Younger folders may belong to a run that is being started, or to a probe. */
const minAgeMs = 3_600_000;

/**
 * Removes folders that no run names any more: of attempts given up, of probes that were killed, of runs whose
 * row was removed on another host or is not in the database that was restored. Returns their names.
 */
export async function removeLeftovers(
  sql: Sql,
  runsFolder: string,
  log: Log,
  now = Date.now(),
): Promise<string[]> {
  const old: string[] = [];
  for (const name of await readdir(runsFolder)) {
    const found = await stat(path.join(runsFolder, name)).catch(() => null);
    if (found !== null && now - found.mtimeMs > minAgeMs) old.push(name);
  }
  const rows = await sql<
    { folder: string }[]
  >`select folder from core.compute_run where folder = any(${old})`;
  const named = new Set(rows.map(({ folder }) => folder));
  const removed: string[] = [];
  for (const name of old.filter((one) => !named.has(one))) {
    const places = new RunPlaces(path.join(runsFolder, name));
    const supervisor = await findSupervisor(places);
    if (supervisor !== null && (await isAlive(supervisor))) {
      // Nobody wants what it does; its folder goes the next time.
      await askToStop(places, supervisor, false);
      continue;
    }
    await removePlaces(places);
    removed.push(name);
  }
  if (removed.length > 0) log.info({ removed: removed.length }, 'folders of forgotten runs removed');
  return removed;
}
