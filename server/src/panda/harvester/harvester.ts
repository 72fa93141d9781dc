import type { Core } from '../../core/core.ts';
import type { Caller } from '../front/caller.ts';
import { beatHarvester, putDialogs, putMetrics, replaceStatistics } from './harvester.store.ts';
import { readDialogs, readHeartbeat, readMetrics, readStatistics } from './harvester.wire.ts';

/** True when this Harvester was known before; a new one is made. Throws HarvesterRefused. */
export function takeHeartbeat(
  core: Core,
  caller: Caller,
  harvesterId: string,
  data: unknown,
): Promise<boolean> {
  const { name: owner, address: host } = caller;
  return beatHarvester(core.db.sql, { harvesterId, owner, host, ...readHeartbeat(data) });
}

/** Throws HarvesterRefused. */
export async function takeDialogs(core: Core, harvesterId: string, dialogs: unknown): Promise<void> {
  await putDialogs(core.db.sql, harvesterId, readDialogs(dialogs));
}

/** Throws HarvesterRefused. */
export async function takeMetrics(core: Core, harvesterId: string, metrics: unknown): Promise<void> {
  await putMetrics(core.db.sql, harvesterId, readMetrics(metrics));
}

/** Replaces what this Harvester said of the queue before. Throws HarvesterRefused. */
export async function takeStatistics(
  core: Core,
  harvesterId: string,
  queue: string,
  statistics: unknown,
): Promise<void> {
  const counts = readStatistics(statistics);
  await core.db.transaction((tx) => replaceStatistics(tx, harvesterId, queue.slice(0, 128), counts));
}
