import Type from 'typebox';
import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { messageOf } from '../../core/errors.ts';
import { defineTask } from '../../core/queue/index.ts';
import { catalogueAdder } from '../catalogue/register-outputs.ts';
import { pandaSettings } from '../settings.ts';
import { pluginFor, pluginVo } from '../setup/plugin-lookup.ts';
import { deleteReports, listWaiting, notePostponed, type ReportKey, type Waiting } from './adder.store.ts';
import { judge } from './judge.ts';
import { type AdderPlugin, type AdderResult, noAdder } from './plugin.ts';
import { type Settled, settle } from './settle.ts';

/** Adder plugins by the name that settings know them by. */
export const adderPlugins = new Map<string, AdderPlugin>([
  [catalogueAdder.name, catalogueAdder],
  [noAdder.name, noAdder],
]);

const again = { seconds: 60 };

/**
 * Makes the final state of a job of its pilot's last report. Added, with the job's id as key, in the transaction that
 * takes the report.
 */
export const addOutputTask = defineTask({
  name: 'panda.add-output',
  payload: Type.Object({ jobId: Type.Integer(), attempt: Type.Integer() }),
  batch: 50,
  concurrency: 2,
  maxSeconds: 300,
  async run({ core, payloads, signal, hold }) {
    await addOutputs(core, payloads, signal, hold);
  },
});

/**
 * Deals with the reports of jobs: judges them, asks the plugins, and moves the jobs on. Reports that no job waits for are
 * dropped. Everything that is stored is stored in one transaction, so it may be killed anywhere and run again.
 */
export async function addOutputs(
  core: Core,
  keys: readonly ReportKey[],
  signal: AbortSignal,
  hold: (tx: Tx) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const asked = await askPlugins(core, keys, signal);
  await core.db.transaction(async (tx) => {
    await hold(tx);
    const waiting = await listWaiting(tx, keys, true);
    const settled = waiting.map((one) => judgeWaiting(core, one, asked.get(one.job.jobId)));
    const isEarly = ({ result, waiting: { receivedAt } }: Settled) =>
      result.result === 'temporary' && Date.now() - receivedAt.getTime() < patienceMs(core);
    await postpone(core, tx, settled.filter(isEarly));
    await settle(
      tx,
      core,
      settled.filter((one) => !isEarly(one)),
    );
    const known = new Set(waiting.map(({ job }) => `${job.jobId} ${job.attempt}`));
    await deleteReports(
      tx,
      keys.filter(({ jobId, attempt }) => !known.has(`${jobId} ${attempt}`)),
    );
  });
  core.events.committed();
}

/** Answers of the plugins that work elsewhere, by job id; asked without a transaction. */
async function askPlugins(
  core: Core,
  keys: readonly ReportKey[],
  signal: AbortSignal,
): Promise<Map<number, AdderResult>> {
  const answers = new Map<number, AdderResult>();
  if (Object.keys(pluginNames(core)).length === 0) return answers; // the built-in one stores, and nothing else
  const asked = (await listWaiting(core.db.sql, keys))
    .map((waiting) => judgeWaiting(core, waiting, undefined))
    .filter(({ plugin, judgement }) => plugin.execute !== undefined && judgement.isReadable);
  for (const [plugin, list] of Map.groupBy(asked, (one) => one.plugin)) {
    const results = await executeAll(core, plugin, list, signal);
    for (const [n, { waiting }] of list.entries()) {
      answers.set(waiting.job.jobId, results[n] ?? { result: 'fatal', problem: 'AdderPlugin failure' });
    }
  }
  return answers;
}

/** A plugin that throws has failed for good, as in the reference; one that was stopped is asked again. */
async function executeAll(
  core: Core,
  plugin: AdderPlugin,
  list: readonly Settled[],
  signal: AbortSignal,
): Promise<AdderResult[]> {
  const jobs = list.map(({ waiting: { job, attributes }, judgement: { state, files } }) => ({
    job,
    attributes,
    state,
    files,
  }));
  try {
    return (await plugin.execute?.(core, jobs, signal)) ?? [];
  } catch (error) {
    signal.throwIfAborted();
    core.log.warn({ plugin: plugin.name, reason: messageOf(error) }, 'an adder plugin failed');
    return jobs.map(() => ({ result: 'fatal', problem: 'AdderPlugin failure' }));
  }
}

function judgeWaiting(core: Core, waiting: Waiting, answer: AdderResult | undefined): Settled {
  const { job, attributes } = waiting;
  const plugin = pluginFor(
    adderPlugins,
    pluginNames(core),
    pluginVo(job.vo, attributes),
    job.workingGroup,
    catalogueAdder,
  );
  const judgement = judge({ ...waiting, label: job.label, errors: job.errors ?? {} });
  return { waiting, judgement, plugin, result: answer ?? unasked(plugin) };
}

/** What the plugin must do elsewhere and has not been asked for is not done. */
function unasked({ execute }: AdderPlugin): AdderResult {
  return execute === undefined ? { result: 'succeeded' } : { result: 'temporary', problem: 'not asked yet' };
}

async function postpone(core: Core, tx: Tx, settled: readonly Settled[]): Promise<void> {
  const keys = settled.map(({ waiting: { job } }) => ({ jobId: job.jobId, attempt: job.attempt }));
  await notePostponed(
    tx,
    settled.map(({ result }, n) => ({
      ...(keys[n] as ReportKey),
      problem: (result.problem ?? 'not yet').slice(0, 500),
    })),
  );
  const runAt = new Date(Date.now() + again.seconds * 1000);
  await core.queue.addMany(
    tx,
    addOutputTask,
    keys.map((payload) => ({ payload, key: String(payload.jobId), runAt })),
  );
}

function pluginNames(core: Core): Readonly<Record<string, string>> {
  return settingsOf(core.config, 'panda', pandaSettings).adder.plugins;
}

function patienceMs(core: Core): number {
  return settingsOf(core.config, 'panda', pandaSettings).adder.giveUpHours * 3_600_000;
}
