import type { PandaHarvester, PandaHarvesterList } from '@orrery/contracts/panda';
import type { Identity } from '../../core/auth/index.ts';
import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { entriesOf } from '../front/values.ts';
import { mayManage } from '../harvester/may-manage.ts';
import { endpointsOf } from '../harvester/sweep.ts';
import type { Queue } from '../queues/queues.store.ts';
import { queuesOf } from '../queues/queues.ts';
import { pandaSettings } from '../settings.ts';
import {
  countCommands,
  countDialogs,
  countLiveWorkers,
  findHeartbeat,
  listHarvesters,
  listReported,
  listTargetSlots,
} from './harvester.store.ts';
import { apiCounts, apiHarvester, apiTargetSlots, apiWishes } from './harvester.wire.ts';
import { instantOrNull } from './job-row.wire.ts';

const overdueMinutesOf = (core: Core): number =>
  settingsOf(core.config, 'panda', pandaSettings).harvester.overdueMinutes;

function harvesterOf({ document }: Queue): string | null {
  const name = new Map(entriesOf(document)).get('harvester');
  return typeof name === 'string' && name !== '' ? name : null;
}

/** All Harvesters: whether they live, which queues they serve, and how many workers they have. */
export async function describeHarvesters(core: Core): Promise<PandaHarvesterList> {
  const startedMs = performance.now();
  const { sql } = core.db;
  const [rows, live, queues] = await Promise.all([
    listHarvesters(sql),
    countLiveWorkers(sql),
    queuesOf(core),
  ]);
  const liveOf = Map.groupBy(live, ({ harvesterId }) => harvesterId);
  const servedBy = Map.groupBy(queues, harvesterOf);
  const common = { overdueMinutes: overdueMinutesOf(core), now: core.clock.now() };
  return {
    rows: rows.map((row) =>
      apiHarvester(row, {
        ...common,
        queues: (servedBy.get(row.harvesterId) ?? []).map(({ queue }) => queue),
        live: liveOf.get(row.harvesterId) ?? [],
      }),
    ),
    tookMs: performance.now() - startedMs,
  };
}

/** Throws `panda.harvester-unknown`. */
export async function checkHarvester({ db }: Core, harvesterId: string): Promise<void> {
  if ((await findHeartbeat(db.sql, harvesterId)) === undefined) throw harvesterUnknown(harvesterId);
}

function harvesterUnknown(harvesterId: string): AppError {
  const sentence = `There is no Harvester "${harvesterId.slice(0, 128)}".`;
  return new AppError('missing', 'panda.harvester-unknown', sentence, {
    next: 'See the list of Harvesters; one is known from its first heartbeat.',
  });
}

/** Throws `panda.harvester-unknown`. */
export async function describeHarvester(
  core: Core,
  identity: Identity,
  harvesterId: string,
): Promise<PandaHarvester> {
  const { sql } = core.db;
  const [row] = await listHarvesters(sql, harvesterId);
  if (row === undefined) throw harvesterUnknown(harvesterId);
  const serves = (await queuesOf(core)).filter((queue) => harvesterOf(queue) === harvesterId);
  const names = serves.map(({ queue }) => queue);
  const [live, reported, slots, commands, dialogs] = await Promise.all([
    countLiveWorkers(sql, harvesterId),
    listReported(sql, harvesterId),
    listTargetSlots(sql, names),
    countCommands(sql, harvesterId),
    countDialogs(sql, harvesterId),
  ]);
  const around = { queues: names, live, overdueMinutes: overdueMinutesOf(core), now: core.clock.now() };
  return {
    ...apiHarvester(row, around),
    createdAt: row.createdAt.toISOString(),
    wishes: apiWishes(row.commands),
    serves: serves.map((queue) => ({
      queue: queue.queue,
      site: queue.site,
      status: queue.status,
      mayManage: identity.may('panda.production') && mayManage({ identity }, queue),
      computingElements: endpointsOf(new Map(entriesOf(queue.document)).get('queues')),
    })),
    counts: apiCounts(reported, live),
    targetSlots: slots.map(apiTargetSlots),
    commands: commands.counts,
    oldestCommandAt: instantOrNull(commands.oldestNewAt),
    levels: countBy(dialogs, ({ level }) => level),
    modules: countBy(dialogs, ({ module }) => module),
  };
}

type Said = Awaited<ReturnType<typeof countDialogs>>[number];

function countBy(dialogs: readonly Said[], name: (one: Said) => string): Record<string, number> {
  const groups = Map.groupBy(dialogs, name);
  return Object.fromEntries(
    [...groups].map(([key, group]) => [key, group.reduce((sum, { messages }) => sum + messages, 0)]),
  );
}
