import type { Core } from '../../core/core.ts';
import { needed, optional, type Parameters } from '../front/arguments.ts';
import type { Fields } from '../front/fields.ts';
import {
  type LegacyMethod,
  refused,
  statusCodes,
  succeeded,
  type V1Answer,
  type V1Method,
  type V1Role,
} from '../front/method.ts';
import { parseJson, parseLiteral } from '../front/values.ts';
import { flatten, statusesOf, updateRanges } from './events.ts';

const database = 'database error in the PanDA server';

type Coded = Record<string, unknown>;

/** A legacy method of pilots that answers a code and more. */
function coded(name: string, work: (core: Core, fields: Fields) => Promise<Coded> | Coded): LegacyMethod {
  return {
    name,
    async run(core, caller, fields) {
      if (!caller.isPilot) {
        const errorDialog = 'production or pilot role required';
        return { as: 'fields', value: { StatusCode: statusCodes.invalidRole, errorDialog } };
      }
      return { as: 'fields', value: await work(core, fields) };
    },
  };
}

const failed = (errorDialog: string): Coded => ({ StatusCode: statusCodes.failed, errorDialog });
const isGiven = (fields: Fields, ...names: string[]): boolean =>
  names.every((name) => fields.integer(name) !== undefined);

/** No job of this server is cut into event ranges: there are none to give out, and every one reported is unknown. */
export const eventsLegacy: readonly LegacyMethod[] = [
  coded('getEventRanges', (_core, fields) =>
    isGiven(fields, 'pandaID', 'jobsetID')
      ? { StatusCode: statusCodes.success, eventRanges: [] }
      : failed('pandaID and jobsetID must be numbers'),
  ),
  coded('checkEventsAvailability', (_core, fields) =>
    isGiven(fields, 'pandaID', 'jobsetID', 'taskID')
      ? { StatusCode: statusCodes.success, nEventRanges: 0 }
      : failed('pandaID, jobsetID and taskID must be numbers'),
  ),
  coded('updateEventRange', () => failed('unknown event range')),
  coded('updateEventRanges', async (core, fields) => {
    const ranges = flatten(parseJson(fields.text('eventRanges')), fields.integer('version') ?? 0);
    if (ranges === null) return failed('eventRanges must be a JSON list');
    const { returns, commands } = await updateRanges(core, ranges);
    return { StatusCode: statusCodes.success, Returns: returns, Command: commands };
  }),
  {
    name: 'get_events_status',
    run: (_core, _caller, fields) => ({ as: 'json', value: statusesOf(parseJson(fields.text('ids'))) }),
  },
];

function method(
  verb: 'GET' | 'POST',
  name: string,
  role: V1Role,
  parameters: Parameters,
  work: (core: Core, values: Readonly<Record<string, unknown>>) => Promise<V1Answer> | V1Answer,
): V1Method {
  return {
    module: 'event',
    name,
    verb,
    role,
    parameters,
    run: (core, _caller, values) => work(core, values),
  };
}

const timeout = optional('int', 60);
const job = { job_id: needed('int'), jobset_id: needed('int') };

export const eventsV1: readonly V1Method[] = [
  method('GET', 'get_available_event_range_count', 'pilot', { ...job, task_id: needed('int'), timeout }, () =>
    succeeded(0),
  ),
  method('GET', 'get_event_range_statuses', 'secure', { job_task_ids: needed('list') }, (_core, values) => {
    // One list as JSON text, or each pair for itself as a dictionary of Python (panda-client 2.2.0).
    const pairs = (values.job_task_ids as string[]).flatMap((text) => parseLiteral(text));
    const statuses = statusesOf(pairs);
    return statuses === null ? refused(database) : succeeded(statuses);
  }),
  method(
    'POST',
    'acquire_event_ranges',
    'pilot',
    {
      ...job,
      task_id: optional('int'),
      n_ranges: optional('int', 10),
      timeout,
      scattered: optional('bool', false),
      segment_id: optional('int'),
    },
    // What Harvester reads; the reference answers a bare list, which Harvester cannot take apart.
    () => succeeded({ StatusCode: statusCodes.success, eventRanges: [] }),
  ),
  method(
    'POST',
    'update_single_event_range',
    'pilot',
    {
      event_range_id: needed('str'),
      event_range_status: needed('str'),
      core_count: optional('int'),
      cpu_consumption_time: optional('float'),
      object_store_id: optional('any'),
      timeout,
    },
    () => refused('unknown event range'),
  ),
  method(
    'POST',
    'update_event_ranges',
    'pilot',
    { event_ranges: needed('str'), timeout: optional('int', 120), version: optional('int', 0) },
    async (core, values) => {
      const ranges = flatten(parseJson(String(values.event_ranges)), Number(values.version));
      if (ranges === null) return refused('event_ranges must be a JSON list');
      const { returns, commands } = await updateRanges(core, ranges);
      // Harvester looks for the code in the data.
      return succeeded({ StatusCode: statusCodes.success, Returns: returns, Commands: commands });
    },
  ),
];
