import type {
  PandaDialog,
  PandaHarvester,
  PandaHarvesterCommand,
  PandaHarvesterMetrics,
  PandaHarvesterRow,
  PandaTargetSlots,
  PandaWorkerCount,
} from '@orrery/contracts/panda';
import { entriesOf } from '../front/values.ts';
import type { HarvesterRow, LiveWorkers, ReportedWorkers, TargetSlotsRow } from './harvester.store.ts';
import type { CommandRow, DialogRow, MetricStep } from './harvester-said.store.ts';
import { instantOrNull } from './job-row.wire.ts';

export interface HarvesterAround {
  /** Queues it serves. */
  queues: readonly string[];
  live: readonly LiveWorkers[];
  overdueMinutes: number;
  now: Date;
}

export function apiHarvester(row: HarvesterRow, around: HarvesterAround): PandaHarvesterRow {
  const workers: Record<string, number> = {};
  for (const { status, workers: n } of around.live) workers[status] = (workers[status] ?? 0) + n;
  const isAwaited = row.lastSeenAt !== null && (around.queues.length > 0 || around.live.length > 0);
  const deadline =
    row.lastSeenAt === null || !isAwaited
      ? null
      : new Date(row.lastSeenAt.getTime() + around.overdueMinutes * 60_000);
  return {
    id: row.harvesterId,
    description: row.description,
    owner: row.owner,
    host: row.host,
    version: row.softwareVersion,
    commit: row.commitStamp,
    startedAt: instantOrNull(row.startedAt),
    lastSeenAt: instantOrNull(row.lastSeenAt),
    deadline: instantOrNull(deadline),
    overdue: deadline !== null && deadline < around.now,
    queues: [...around.queues],
    workers,
    newCommands: row.newCommands,
    problems: row.problems,
  };
}

export function apiWishes(commands: unknown): PandaHarvester['wishes'] {
  if (!Array.isArray(commands)) return [];
  return commands.slice(0, 1000).map((one) => {
    const given = new Map(entriesOf(one));
    const text = (name: string) => String(given.get(name) ?? '');
    return { command: text('command'), queue: text('computingSite'), resourceType: text('resourceType') };
  });
}

/** Both counts beside each other, by queue and state. */
export function apiCounts(
  reported: readonly ReportedWorkers[],
  live: readonly LiveWorkers[],
): PandaWorkerCount[] {
  const rows = new Map<string, PandaWorkerCount>();
  const told = new Map(reported.map(({ queue, at }) => [queue, at]));
  const rowOf = (queue: string, status: string): PandaWorkerCount => {
    const key = `${queue}\0${status}`;
    const at = told.get(queue);
    const row = rows.get(key) ?? {
      queue,
      status,
      reported: at === undefined ? null : 0,
      reportedAt: at?.toISOString() ?? null,
      seen: 0,
    };
    rows.set(key, row);
    return row;
  };
  for (const { queue, status, workers } of reported) rowOf(queue, status).reported = workers;
  for (const { queue, status, workers } of live) rowOf(queue, status).seen += workers;
  return [...rows.values()].sort((a, b) => (`${a.queue}\0${a.status}` < `${b.queue}\0${b.status}` ? -1 : 1));
}

export function apiTargetSlots({ expiresAt, modifiedAt, ...row }: TargetSlotsRow): PandaTargetSlots {
  return { ...row, expiresAt: instantOrNull(expiresAt), modifiedAt: modifiedAt.toISOString() };
}

export function apiDialog({ dialogId, at, ...row }: DialogRow): PandaDialog {
  return { id: dialogId, at: at.toISOString(), ...row };
}

export function apiCommand(row: CommandRow): PandaHarvesterCommand {
  return {
    id: row.commandId,
    command: row.command,
    params: row.params,
    ackRequested: row.ackRequested,
    status: row.status,
    by: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    retrievedAt: instantOrNull(row.retrievedAt),
    acknowledgedAt: instantOrNull(row.acknowledgedAt),
  };
}

const mostHosts = 10;
const mostSeries = 30;

/** Figures by machine; a step without one stays empty. */
export function apiMetricHosts(
  figures: readonly MetricStep[],
  last: ReadonlyArray<{ host: string; at: Date; metrics: unknown }>,
  steps: number,
): PandaHarvesterMetrics['hosts'] {
  const byHost = Map.groupBy(figures, ({ host }) => host);
  return last
    .toSorted((a, b) => b.at.getTime() - a.at.getTime())
    .slice(0, mostHosts)
    .map(({ host, at, metrics }) => ({
      host,
      lastAt: at.toISOString(),
      series: [...Map.groupBy(byHost.get(host) ?? [], ({ name }) => name)]
        .slice(0, mostSeries)
        .map(([name, found]) => ({ name, values: valuesOf(found, steps) })),
      certificates: Object.fromEntries(
        entriesOf(new Map(entriesOf(metrics)).get('cert_lifetime'))
          .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
          .slice(0, mostSeries),
      ),
    }));
}

function valuesOf(figures: readonly MetricStep[], steps: number): Array<number | null> {
  const byStep = new Map(figures.map(({ step, value }) => [step, value]));
  return Array.from({ length: steps }, (_, step) => byStep.get(step) ?? null);
}
