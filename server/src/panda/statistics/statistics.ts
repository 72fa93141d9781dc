import type { Core } from '../../core/core.ts';
import { nestCounts } from '../front/nest.ts';
import { entriesOf } from '../front/values.ts';
import { queuesOf } from '../queues/queues.ts';
import { type Count, listActive, listEnded } from './statistics.store.ts';

/** Minutes that statistics of ended jobs reach back unless told otherwise, and at most. */
export const usualWindow = 12 * 60;
export const longestWindow = 7 * 24 * 60;

/** Labels of the two kinds of work (panda-server 1.0.3, getJobStatisticsForExtIF). */
const labelsOf = {
  analysis: ['user', 'panda'],
  production: ['managed', 'ptest', 'rc_test', 'rc_test2', 'rc_alrb'],
} as const satisfies Record<string, readonly string[]>;

const activeStates = ['assigned', 'activated', 'running'];
const shownStates = [...activeStates, 'finished', 'failed'];

type Keys = (count: Count) => string[];

/** Nests counts by `keysOf` and the state; each group has these states, with 0 when it has no such jobs. */
function byKeys(counts: readonly Count[], keysOf: Keys, states: readonly string[]): Record<string, unknown> {
  const known = counts.map((count) => [[...keysOf(count), count.status], count.jobs] as const);
  const groups = new Map(counts.map((count) => [JSON.stringify(keysOf(count)), keysOf(count)]));
  const zeroes = [...groups.values()].flatMap((keys) =>
    states.map((state) => [[...keys, state], 0] as const),
  );
  return nestCounts([...known, ...zeroes]);
}

/** Live jobs as brokers of pilots want them: without those that wait for their merge job. */
async function activeOf({ db }: Core): Promise<Count[]> {
  return (await listActive(db.sql)).filter(({ status }) => status !== 'merging');
}

/** queue → state. */
export async function activeByQueue(core: Core): Promise<Record<string, unknown>> {
  return byKeys(await activeOf(core), ({ queue }) => [queue], activeStates);
}

/** queue → resource type → label → state. */
export async function activeInDetail(core: Core): Promise<Record<string, unknown>> {
  const keys: Keys = ({ queue, resourceType, label }) => [queue, resourceType, label];
  return byKeys(await activeOf(core), keys, activeStates);
}

async function allOf({ db }: Core, minutes: number): Promise<Count[]> {
  const [active, ended] = await Promise.all([listActive(db.sql), listEnded(db.sql, minutes)]);
  return [...active, ...ended];
}

/** queue → resource type → state, with jobs that ended in the last `minutes`. */
export async function byResourceType(core: Core, minutes: number): Promise<Record<string, unknown>> {
  return byKeys(await allOf(core, minutes), ({ queue, resourceType }) => [queue, resourceType], shownStates);
}

/** queue → label → resource type → state, with jobs that ended in the last `minutes`. */
export async function byLabel(core: Core, minutes: number): Promise<Record<string, unknown>> {
  const keys: Keys = ({ queue, label, resourceType }) => [queue, label, resourceType];
  return byKeys(await allOf(core, minutes), keys, shownStates);
}

/** cloud → state of the jobs of one kind of work; queues that name no cloud count under `unknown`. */
export async function byCloud(core: Core, kind: keyof typeof labelsOf): Promise<Record<string, unknown>> {
  const clouds = await cloudsOf(core);
  const counts = (await allOf(core, usualWindow)).filter(({ label }) =>
    (labelsOf[kind] as readonly string[]).includes(label),
  );
  return byKeys(counts, ({ queue }) => [clouds.get(queue) ?? 'unknown'], []);
}

async function cloudsOf(core: Core): Promise<Map<string, string>> {
  const queues = await queuesOf(core);
  return new Map(
    queues.map(({ queue, document }) => {
      const cloud = new Map(entriesOf(document)).get('cloud');
      return [queue, typeof cloud === 'string' && cloud !== '' ? cloud : 'unknown'];
    }),
  );
}
