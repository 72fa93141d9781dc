import type { Core } from '../../core/core.ts';
import { needed, optional, type Parameters } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import type { V1Answer, V1Method, V1Role } from '../front/method.ts';
import { refused, succeeded } from '../front/method.ts';
import { updateWorkers, WorkersRefused } from '../workers/update-workers.ts';
import { findHighestWorkerId } from '../workers/workers.store.ts';
import { acknowledgeCommands, takeCommands } from './commands.store.ts';
import { listStatistics } from './harvester.store.ts';
import { takeDialogs, takeHeartbeat, takeMetrics, takeStatistics } from './harvester.ts';
import {
  HarvesterRefused,
  readCommandIds,
  readCount,
  readHarvesterId,
  renderCommand,
  renderStatistics,
} from './harvester.wire.ts';
import { sweepQueue } from './sweep.ts';
import { setTargetSlots } from './target-slots.ts';

type Values = Readonly<Record<string, unknown>>;
type Work = (core: Core, caller: Caller, values: Values) => Promise<V1Answer>;

function method(
  verb: 'GET' | 'POST',
  name: string,
  role: V1Role,
  parameters: Parameters,
  work: Work,
): V1Method {
  return {
    module: 'harvester',
    name,
    verb,
    role,
    parameters,
    async run(core, caller, values) {
      try {
        return await work(core, caller, values);
      } catch (thrown) {
        if (!(thrown instanceof HarvesterRefused || thrown instanceof WorkersRefused)) throw thrown;
        return refused(thrown.message);
      }
    },
  };
}

const harvesterOf = (values: Values): string => readHarvesterId(values.harvester_id);
const harvester_id = needed('str');

/**
 * `/api/v1/harvester/`. Whoever writes needs the role of a pilot: what is said of workers ends jobs of other people (the
 * reference is content with any certificate there, panda-server 1.0.3).
 */
export const harvesterV1: readonly V1Method[] = [
  method(
    'POST',
    'update_workers',
    'pilot',
    { harvester_id, workers: needed('list') },
    async (core, caller, values) =>
      succeeded(await updateWorkers(core, caller, harvesterOf(values), values.workers)),
  ),
  method(
    'POST',
    'heartbeat',
    'pilot',
    { harvester_id, data: optional('dict') },
    async (core, caller, values) => {
      const isKnown = await takeHeartbeat(core, caller, harvesterOf(values), values.data ?? {});
      return isKnown ? succeeded() : refused('no instance record');
    },
  ),
  method(
    'POST',
    'add_dialogs',
    'pilot',
    { harvester_id, dialogs: needed('list') },
    async (core, _caller, values) => {
      await takeDialogs(core, harvesterOf(values), values.dialogs);
      return succeeded();
    },
  ),
  method(
    'POST',
    'update_service_metrics',
    'pilot',
    { harvester_id, metrics: needed('list') },
    async (core, _caller, values) => {
      await takeMetrics(core, harvesterOf(values), values.metrics);
      return succeeded([true]);
    },
  ),
  method(
    'POST',
    'report_worker_statistics',
    'pilot',
    { harvester_id, panda_queue: needed('str'), statistics: needed('str') },
    async (core, _caller, values) => {
      await takeStatistics(core, harvesterOf(values), String(values.panda_queue), values.statistics);
      return succeeded(null, 'OK');
    },
  ),
  method('GET', 'get_worker_statistics', 'secure', {}, async ({ db }) =>
    succeeded(renderStatistics(await listStatistics(db.sql))),
  ),
  method('GET', 'get_current_worker_id', 'secure', { harvester_id }, async ({ db }, _caller, values) => {
    const highest = await findHighestWorkerId(db.sql, harvesterOf(values));
    return highest === null ? refused('the harvester has no worker yet') : succeeded(highest);
  }),
  method(
    'POST',
    'acquire_commands',
    'pilot',
    { harvester_id, n_commands: needed('int'), timeout: optional('int', 30) },
    async ({ db }, _caller, values) => {
      const taken = await takeCommands(db.sql, harvesterOf(values), readCount(values.n_commands));
      return succeeded(taken.map(renderCommand));
    },
  ),
  method(
    'POST',
    'acknowledge_commands',
    'pilot',
    { command_ids: needed('list'), timeout: optional('int', 30) },
    async ({ db }, _caller, values) => {
      await acknowledgeCommands(db.sql, readCommandIds(values.command_ids));
      return succeeded();
    },
  ),
  method(
    'POST',
    'add_sweep_command',
    'production',
    {
      panda_queue: needed('str'),
      status_list: needed('list', 'str'),
      ce_list: needed('list', 'str'),
      submission_host_list: needed('list', 'str'),
    },
    async (core, caller, values) => {
      const outcome = await sweepQueue(core, caller, {
        queue: String(values.panda_queue),
        statuses: values.status_list,
        computingElements: values.ce_list,
        submissionHosts: values.submission_host_list,
      });
      return outcome === 'OK' ? succeeded() : refused(outcome);
    },
  ),
  method(
    'POST',
    'add_target_slots',
    'production',
    {
      panda_queue: needed('str'),
      slots: needed('int'),
      global_share: optional('str'),
      resource_type: optional('str'),
      expiration_date: optional('str'),
    },
    async (core, caller, values) => {
      const sentence = await setTargetSlots(core, caller, {
        queue: values.panda_queue,
        slots: values.slots,
        share: values.global_share,
        resourceType: values.resource_type,
        expires: values.expiration_date,
      });
      return succeeded(null, sentence);
    },
  ),
];
