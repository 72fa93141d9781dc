import type { Core } from '../../core/core.ts';
import { mapInGroups } from '../../core/turns.ts';
import { ArgumentError, checkArguments, needed, optional } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import { isReadTooDeep, tooDeep, whyNotRead } from '../front/depth.ts';
import { Fields } from '../front/fields.ts';
import { type LegacyMethod, refused, succeeded, type V1Answer, type V1Method } from '../front/method.ts';
import { roleRefusal, type UpdateAnswer, updateJob, updateJobV1 } from './report.methods.ts';
import { updateJobParameters } from './report.wire.ts';

/** Harvester sends a hundred at once. */
const mostReports = 2000;
/** Of these so many are read and handed on at a time: others are answered in between. */
const together = 200;

type Item = Readonly<Record<string, unknown>>;

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the list of a legacy bulk call. Throws an Error whose message clients are shown. */
function readList(text = ''): Item[] {
  let list: unknown;
  const excess = whyNotRead(text);
  if (excess !== null) throw new Error(excess);
  try {
    list = JSON.parse(text);
  } catch {
    throw new Error('jobList is not JSON');
  }
  if (!Array.isArray(list) || !list.every(isItem)) throw new Error('jobList must be a list of objects');
  if (list.length > mostReports) throw new Error(`at most ${mostReports} reports at once`);
  if (isReadTooDeep(list, text)) throw new Error(tooDeep);
  for (const item of list) {
    const missing = ['jobId', 'state'].find((name) => !Object.hasOwn(item, name));
    if (missing !== undefined) throw new Error(`a report has no ${missing}`);
  }
  return list;
}

function fieldsOf(item: Item): Fields {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(item)) {
    if (value === null) continue;
    if (typeof value === 'boolean') fields.set(name, value ? 'True' : 'False');
    else fields.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return new Fields(fields);
}

/** Each answer is packed as JSON text in an object: Harvester reads `content`. */
function pack(answer: UpdateAnswer): { type: 'json'; content: string } {
  return { type: 'json', content: JSON.stringify(answer) };
}

export const bulkLegacy: readonly LegacyMethod[] = [
  {
    name: 'updateJobsInBulk',
    async run(core, caller, fields) {
      if (!caller.isPilot) return { as: 'json', value: [false, roleRefusal.errorDialog] };
      let list: Item[];
      try {
        list = readList(fields.text('jobList'));
      } catch (thrown) {
        const { message } = thrown as Error;
        const by = fields.text('harvester_id')?.slice(0, 100) ?? 'None';
        return { as: 'json', value: [false, `updateJobsInBulk ${by} failed: ${message}`] };
      }
      const answers = await mapInGroups(list, together, (item) => updateJob(core, caller, fieldsOf(item)));
      return { as: 'json', value: [true, answers.map(pack)] };
    },
  },
];

async function updateOne(core: Core, caller: Caller, item: unknown): Promise<V1Answer> {
  try {
    if (!isItem(item)) throw new ArgumentError('Type error: a report must be of type dict.');
    const { meta_data: metadata, job_output_report: outputs, ...others } = item;
    const text = (value: unknown): unknown => (isItem(value) ? JSON.stringify(value) : value);
    const given = {
      ...others,
      ...(metadata === undefined ? {} : { meta_data: text(metadata) }),
      ...(outputs === undefined ? {} : { job_output_report: text(outputs) }),
    };
    return await updateJobV1(core, caller, checkArguments(updateJobParameters, withoutNulls(given)));
  } catch (thrown) {
    if (thrown instanceof ArgumentError) return refused(thrown.message);
    throw thrown;
  }
}

/** Harvester writes null for what it does not know. */
function withoutNulls(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null));
}

export const bulkV1: readonly V1Method[] = [
  {
    module: 'pilot',
    name: 'update_jobs_bulk',
    verb: 'POST',
    role: 'pilot',
    parameters: { job_list: needed('list'), harvester_id: optional('str') },
    async run(core, caller, { job_list }) {
      const list = job_list as readonly unknown[];
      if (list.length > mostReports) return refused(`at most ${mostReports} reports at once`, []);
      return succeeded(await mapInGroups(list, together, (item) => updateOne(core, caller, item)));
    },
  },
];
