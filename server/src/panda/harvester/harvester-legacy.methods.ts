import type { Core } from '../../core/core.ts';
import type { Caller } from '../front/caller.ts';
import type { Fields } from '../front/fields.ts';
import { type LegacyAnswer, type LegacyMethod, statusCodes } from '../front/method.ts';
import { parseJson } from '../front/values.ts';
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

const messages = {
  ssl: 'SSL secure connection is required',
  role: 'production or pilot role required',
  json: 'failed to load JSON',
} as const;

type Work = (core: Core, caller: Caller, fields: Fields) => Promise<unknown>;

/** A method that answers `[true, what]`, or `[false, why not]`. */
function pair(name: string, role: 'pilot' | 'production', work: Work): LegacyMethod {
  return {
    name,
    async run(core, caller, fields): Promise<LegacyAnswer> {
      const holdsRole = role === 'pilot' ? caller.isPilot : caller.isProduction;
      if (!caller.isSecure) return { as: 'json', value: [false, messages.ssl] };
      if (!holdsRole) return { as: 'json', value: [false, messages.role] };
      try {
        return { as: 'json', value: [true, await work(core, caller, fields)] };
      } catch (thrown) {
        if (!(thrown instanceof HarvesterRefused || thrown instanceof WorkersRefused)) throw thrown;
        return { as: 'json', value: [false, thrown.message] };
      }
    },
  };
}

/** The value of a field that holds JSON. */
function jsonOf(fields: Fields, name: string): unknown {
  const value = parseJson(fields.text(name));
  if (value === undefined) throw new HarvesterRefused(messages.json);
  return value;
}

const harvesterOf = (fields: Fields): string => readHarvesterId(fields.filled('harvesterID'));

/** `StatusCode`, and more when the caller may. */
function coded(
  name: string,
  work: (core: Core, fields: Fields) => Promise<Record<string, unknown>>,
): LegacyMethod {
  return {
    name,
    async run(core, caller, fields): Promise<LegacyAnswer> {
      const refusal = (code: number, errorDialog: string): LegacyAnswer => ({
        as: 'fields',
        value: { StatusCode: code, errorDialog },
      });
      if (!caller.isPilot) return refusal(statusCodes.invalidRole, messages.role);
      try {
        return { as: 'fields', value: { StatusCode: statusCodes.success, ...(await work(core, fields)) } };
      } catch (thrown) {
        if (!(thrown instanceof HarvesterRefused)) throw thrown;
        return refusal(statusCodes.failed, thrown.message);
      }
    },
  };
}

/** How Harvester spoke before v1: forms whose lists and objects are JSON text. */
export const harvesterLegacy: readonly LegacyMethod[] = [
  pair('updateWorkers', 'pilot', (core, caller, fields) =>
    updateWorkers(core, caller, harvesterOf(fields), jsonOf(fields, 'workers')),
  ),
  pair('harvesterIsAlive', 'pilot', async (core, caller, fields) => {
    const data = fields.text('data') === undefined ? {} : jsonOf(fields, 'data');
    const isKnown = await takeHeartbeat(core, caller, harvesterOf(fields), data);
    return isKnown ? 'succeeded' : 'no instance record';
  }),
  pair('addHarvesterDialogs', 'pilot', async (core, _caller, fields) => {
    await takeDialogs(core, harvesterOf(fields), jsonOf(fields, 'dialogs'));
    return '';
  }),
  pair('updateServiceMetrics', 'pilot', async (core, _caller, fields) => {
    await takeMetrics(core, harvesterOf(fields), jsonOf(fields, 'metrics'));
    return [true];
  }),
  pair('reportWorkerStats_jobtype', 'pilot', async (core, _caller, fields) => {
    const queue = fields.filled('siteName');
    if (queue === undefined) throw new HarvesterRefused('siteName must be given');
    await takeStatistics(core, harvesterOf(fields), queue, jsonOf(fields, 'paramsList'));
    return 'OK';
  }),
  pair('sweepPQ', 'production', (core, caller, fields) =>
    sweepQueue(core, caller, {
      queue: String(jsonOf(fields, 'panda_queue')),
      statuses: jsonOf(fields, 'status_list'),
      computingElements: jsonOf(fields, 'ce_list'),
      submissionHosts: jsonOf(fields, 'submission_host_list'),
    }),
  ),
  {
    name: 'setNumSlotsForWP',
    async run(core, caller, fields) {
      if (!caller.isSecure) return { as: 'json', value: [100, messages.ssl] };
      if (!caller.isProduction) {
        return { as: 'json', value: [101, 'production role is required in the certificate'] };
      }
      const slots = fields.integer('numSlots');
      if (slots === undefined) return { as: 'json', value: [102, 'numSlots must be int'] };
      try {
        const sentence = await setTargetSlots(core, caller, {
          queue: fields.filled('pandaQueueName'),
          slots,
          share: fields.filled('gshare'),
          resourceType: fields.filled('resourceType'),
          expires: fields.filled('validPeriod'),
        });
        return { as: 'json', value: [0, sentence] };
      } catch (thrown) {
        if (!(thrown instanceof HarvesterRefused)) throw thrown;
        return { as: 'json', value: [1, thrown.message] };
      }
    },
  },
  {
    name: 'getWorkerStats',
    run: async ({ db }) => ({ as: 'json', value: renderStatistics(await listStatistics(db.sql)) }),
  },
  {
    name: 'get_max_worker_id',
    async run({ db }, _caller, fields) {
      return { as: 'json', value: await findHighestWorkerId(db.sql, fields.filled('harvester_id') ?? '') };
    },
  },
  coded('getCommands', async ({ db }, fields) => {
    const harvesterId = readHarvesterId(fields.filled('harvester_id'));
    const commands = await takeCommands(db.sql, harvesterId, readCount(fields.filled('n_commands')));
    return { Returns: 0, Commands: commands.map(renderCommand) };
  }),
  coded('ackCommands', async ({ db }, fields) => {
    await acknowledgeCommands(db.sql, readCommandIds(jsonOf(fields, 'command_ids')));
    return { Returns: 0 };
  }),
];
