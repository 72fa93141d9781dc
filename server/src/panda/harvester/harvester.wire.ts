import { ourHarvester } from '../factory/pilot-run.store.ts';
import { naiveIso } from '../front/answers.ts';
import { nestCounts } from '../front/nest.ts';
import { entriesOf, parseJson, readId, readInstant, readInteger, readText } from '../front/values.ts';
import type { HarvesterCommand } from './commands.store.ts';
import type { Dialog, Heartbeat, Metric, WorkerCount } from './harvester.store.ts';

/** A message cannot be taken; the sentence is the answer. */
export class HarvesterRefused extends Error {}

/** At most this many entries in one message. */
const maxEntries = 1000;
const maxStatistics = 10_000;

function listOf(value: unknown, what: string, atMost = maxEntries): unknown[] {
  if (!Array.isArray(value)) throw new HarvesterRefused(`${what} must be a list`);
  if (value.length <= atMost) return value;
  throw new HarvesterRefused(`one message may have ${atMost} ${what}, not ${value.length}`);
}

/** Name of a Harvester; the name under which this server keeps its own pilots is none. */
export function readHarvesterId(value: unknown): string {
  const id = typeof value === 'string' ? readText(value.trim(), 129) : null;
  if (id === null || id.length > 128)
    throw new HarvesterRefused('harvester_id must have 1 to 128 characters');
  if (id === ourHarvester) throw new HarvesterRefused(`${id} is the name of this server's own pilots`);
  return id;
}

/** `data` of a heartbeat: startTime, sw_version, commit_stamp and commands; anything else is passed over. */
export function readHeartbeat(
  data: unknown,
): Pick<Heartbeat, 'softwareVersion' | 'commitStamp' | 'startedAt' | 'commands'> {
  const given = new Map(entriesOf(data));
  const commands = given.get('commands');
  return {
    softwareVersion: readText(given.get('sw_version'), 100),
    commitStamp: readText(given.get('commit_stamp'), 100),
    startedAt: readInstant(given.get('startTime')),
    commands: Array.isArray(commands) ? listOf(commands, 'commands').flatMap(readWish) : null,
  };
}

function readWish(value: unknown): Record<string, string>[] {
  const given = new Map(entriesOf(value));
  const command = readText(given.get('command'), 100);
  const computingSite = readText(given.get('computingSite'), 128);
  const resourceType = readText(given.get('resourceType'), 56);
  return command === null || computingSite === null || resourceType === null
    ? []
    : [{ command, computingSite, resourceType }];
}

export function readDialogs(value: unknown): Dialog[] {
  const dialogs = listOf(value, 'dialogs').map((one): Dialog => {
    const given = new Map(entriesOf(one));
    const dialogId = readId(given.get('diagID'));
    const at = readInstant(given.get('creationTime'));
    if (dialogId === null || at === null) {
      throw new HarvesterRefused('each of the dialogs must have a diagID and a creationTime');
    }
    return {
      dialogId,
      module: readText(given.get('moduleName'), 100) ?? '',
      identifier: readText(given.get('identifier'), 100),
      level: readText(given.get('messageLevel'), 10) ?? '',
      message: readText(given.get('diagMessage'), 500) ?? '',
      at,
    };
  });
  return [...new Map(dialogs.map((dialog) => [dialog.dialogId, dialog])).values()];
}

/** `[creation time, host, metrics as JSON text]` each. */
export function readMetrics(value: unknown): Metric[] {
  const metrics = listOf(value, 'metrics').map((one): Metric => {
    const [time, name, content]: unknown[] = Array.isArray(one) ? one : [];
    const at = readInstant(time);
    const host = readText(name, 255);
    const figures = typeof content === 'string' ? parseJson(content) : content;
    if (at === null || host === null || typeof figures !== 'object' || figures === null) {
      throw new HarvesterRefused('each of the metrics must be a time, a host and a JSON object');
    }
    return { at, host, metrics: storable(figures) };
  });
  return [...new Map(metrics.map((one) => [`${one.at.getTime()} ${one.host}`, one])).values()];
}

/** Figures are numbers, words and objects of them; what the database cannot keep is left out. */
function storable(value: object): Record<string, unknown> {
  const text = JSON.stringify(value);
  if (text.length > 50_000) throw new HarvesterRefused('the metrics of one host may have 50000 characters');
  if (/\\u(0000|d[89a-f])/i.test(text))
    throw new HarvesterRefused('the metrics hold signs that cannot be stored');
  return value as Record<string, unknown>;
}

/** `{jobType: {resourceType: {status: number}}}`, as JSON text or not; the resource type `Undefined` is left out. */
export function readStatistics(value: unknown): WorkerCount[] {
  const counts = typeof value === 'string' ? parseJson(value) : value;
  if (typeof counts !== 'object' || counts === null || Array.isArray(counts)) {
    throw new HarvesterRefused('the statistics must be a JSON object');
  }
  const found = new Map<string, WorkerCount>();
  for (const [jobType, ofType] of entriesOf(counts)) {
    for (const [resourceType, ofResource] of entriesOf(ofType)) {
      if (resourceType === 'Undefined') continue;
      for (const [status, number] of entriesOf(ofResource)) {
        const workers = readInteger(number, 0);
        if (workers === null) throw new HarvesterRefused('the statistics must be numbers, none negative');
        const count: WorkerCount = {
          jobType: readText(jobType, 128) ?? '',
          resourceType: readText(resourceType, 56) ?? '',
          status: readText(status, 80) ?? '',
          workers,
        };
        found.set(`${count.jobType}\0${count.resourceType}\0${count.status}`, count);
        if (found.size > maxStatistics) {
          throw new HarvesterRefused(`one message may have ${maxStatistics} statistics`);
        }
      }
    }
  }
  return [...found.values()];
}

/** Counts as clients read them: queue → Harvester → job type → resource type → status. */
export function renderStatistics(
  counts: ReadonlyArray<WorkerCount & { harvesterId: string; queue: string }>,
): Record<string, unknown> {
  return nestCounts(
    counts.map((one) => [
      [one.queue, one.harvesterId, one.jobType, one.resourceType, one.status],
      one.workers,
    ]),
  );
}

/** A command as Harvester reads it. */
export function renderCommand(command: HarvesterCommand): Record<string, unknown> {
  return {
    command_id: command.commandId,
    command: command.command,
    params: command.params,
    ack_requested: command.isAckRequested ? 1 : 0,
    creation_date: naiveIso(command.createdAt),
  };
}

/** Numbers of commands; what is no number is none of ours. */
export function readCommandIds(value: unknown): number[] {
  return listOf(value, 'command_ids', 10_000).flatMap((one) => readId(one) ?? []);
}

/** How many commands are asked for: at least none, at most 1000. */
export function readCount(value: unknown): number {
  const count = readInteger(value, 0);
  if (count === null) throw new HarvesterRefused('n_commands must be a number that is not negative');
  return Math.min(count, 1000);
}
