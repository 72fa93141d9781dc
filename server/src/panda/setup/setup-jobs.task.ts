import Type from 'typebox';
import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { defineTask } from '../../core/queue/index.ts';
import { makeDocument } from '../dispatch/document.ts';
import { endJobs } from '../jobs/archive.store.ts';
import { pandaSettings } from '../settings.ts';
import { genericSetup } from './generic.ts';
import type { JobToSetUp, Setup, SetupPlugin } from './plugin.ts';
import { pluginFor, pluginVo } from './plugin-lookup.ts';
import { changedFiles, listDefined, moveJobs, storeDocuments, updateFiles } from './setup.store.ts';

/** Setup plugins by the name that settings know them by. */
export const setupPlugins: ReadonlyMap<string, SetupPlugin> = new Map([[genericSetup.name, genericSetup]]);

/** Makes submitted jobs ready: `defined` → `activated`, or `assigned` while their inputs are on their way. */
export const setupJobsTask = defineTask({
  name: 'panda.setup-jobs',
  payload: Type.Object({ jobIds: Type.Array(Type.Integer({ minimum: 1 }), { maxItems: 1000 }) }),
  batch: 10,
  concurrency: 2,
  maxSeconds: 300,
  async run({ core, payloads, signal, hold }) {
    await setUpJobs(
      core,
      payloads.flatMap(({ jobIds }) => jobIds),
      signal,
      hold,
    );
  },
});

/** Returns how many jobs left the state `defined`. Jobs that are elsewhere by now are left alone. */
export async function setUpJobs(
  core: Core,
  jobIds: readonly number[],
  signal: AbortSignal,
  hold: (tx: Tx) => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const setups = await askPlugins(core, await listDefined(core.db.sql, jobIds), signal);
  const moved = await core.db.transaction(async (tx) => {
    await hold(tx);
    const ready = (await listDefined(tx, [...setups.keys()], true)).map((work) => ({
      work,
      setup: setups.get(work.job.jobId) as Setup,
    }));
    await storeSetups(tx, ready);
    return ready.length;
  });
  core.events.committed();
  return moved;
}

/** The answers of the plugins by job id. Asked without a transaction: they may talk to others. */
async function askPlugins(
  core: Core,
  jobs: readonly JobToSetUp[],
  signal: AbortSignal,
): Promise<Map<number, Setup>> {
  const named = settingsOf(core.config, 'panda', pandaSettings).setup.plugins;
  const groups = Map.groupBy(jobs, ({ job, attributes }) =>
    pluginFor(setupPlugins, named, pluginVo(job.vo, attributes), job.workingGroup, genericSetup),
  );
  const answers = new Map<number, Setup>();
  for (const [plugin, list] of groups) {
    const setups = await plugin.setUp(core, list, signal);
    for (const [n, { job }] of list.entries()) {
      const setup = setups[n];
      if (setup === undefined) throw new Error(`the setup plugin ${plugin.name} left out job ${job.jobId}`);
      answers.set(job.jobId, setup);
    }
  }
  return answers;
}

async function storeSetups(tx: Tx, ready: ReadonlyArray<{ work: JobToSetUp; setup: Setup }>): Promise<void> {
  const by = 'setup';
  await updateFiles(
    tx,
    ready.flatMap(({ work, setup }) =>
      changedFiles(work, setup).filter(({ fileId }) => setup.files.has(fileId)),
    ),
  );
  await storeDocuments(
    tx,
    ready
      .filter(({ setup }) => setup.status === 'activated')
      .map(({ work, setup }) => ({
        jobId: work.job.jobId,
        document: makeDocument({ ...work, files: changedFiles(work, setup) }),
      })),
  );
  const going = ready.filter(({ setup }) => setup.status !== 'failed');
  await moveJobs(
    tx,
    going.map(({ work, setup: { status, why } }) => ({ jobId: work.job.jobId, status, why })),
    by,
  );
  await endJobs(
    tx,
    ready
      .filter(({ setup }) => setup.status === 'failed')
      .map(({ work, setup: { why } }) => ({
        jobId: work.job.jobId,
        status: 'failed' as const,
        why: `setup failed: ${why}`,
        by,
        errors: { ddm: { code: 100, diag: why.slice(0, 500) } },
      })),
  );
}
