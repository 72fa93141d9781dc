import { needed, optional } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import { jobIdOf, jobIdsIn } from '../front/job-ids.ts';
import { type LegacyMethod, refused, succeeded, type V1Answer, type V1Method } from '../front/method.ts';
import { killJobs, type Outcome, reassignJobs, setCommand } from './control.ts';
import { type Controller, controllerOf } from './controller.ts';
import { setDebugMode } from './debug.ts';

/** More jobs in one call would keep a connection of the database for seconds. */
const mostIds = 100_000;
const tooMany = `at most ${mostIds} jobs at once`;

const sslNeeded = 'SSL secure connection is required';
const productionNeeded = 'production role is required';

function controllerFor({ identity, address }: Caller): Controller {
  return controllerOf(identity, address);
}

function answerOf({ ok, message }: Outcome): V1Answer {
  return ok ? succeeded(null, message) : refused(message);
}

export const controlLegacy: readonly LegacyMethod[] = [
  {
    name: 'killJobs',
    // `useMailAsID` chooses between two names of one person; jobs belong to accounts, which have both.
    async run(core, caller, fields) {
      if (!caller.isSecure) return { as: 'text', text: 'False' };
      const jobIds = await jobIdsIn(core, fields, 'ids');
      if (jobIds.length > mostIds) return { as: 'text', text: `ERROR: ${tooMany}` };
      const options = fields.filled('killOpts')?.split(',') ?? [];
      const order = { code: fields.integer('code') ?? null, options };
      return { as: 'pickle', value: await killJobs(core, controllerFor(caller), jobIds, order) };
    },
  },
  {
    name: 'reassignJobs',
    async run(core, caller, fields) {
      if (!caller.isSecure) return { as: 'text', text: 'False' };
      const jobIds = await jobIdsIn(core, fields, 'ids');
      if (jobIds.length > mostIds) return { as: 'text', text: `ERROR: ${tooMany}` };
      await reassignJobs(core, controllerFor(caller), jobIds);
      return { as: 'pickle', value: true };
    },
  },
  {
    name: 'setDebugMode',
    async run(core, caller, fields) {
      if (!caller.isSecure) return { as: 'text', text: `ERROR: ${sslNeeded}` };
      const jobId = fields.integer('pandaID');
      if (jobId === undefined) return { as: 'text', text: 'ERROR: pandaID must be the number of a job' };
      const { message } = await setDebugMode(core, controllerFor(caller), jobId, fields.flag('modeOn'));
      return { as: 'text', text: message };
    },
  },
  {
    name: 'send_command_to_job',
    async run(core, caller, fields) {
      if (!caller.isSecure) return { as: 'json', value: [false, sslNeeded] };
      if (!caller.isProduction) return { as: 'json', value: [false, productionNeeded] };
      const jobId = fields.integer('panda_id');
      if (jobId === undefined) return { as: 'json', value: [false, 'panda_id must be the number of a job'] };
      const { ok, message } = await setCommand(core, controllerFor(caller), jobId, fields.text('com') ?? '');
      return { as: 'json', value: [ok, message] };
    },
  },
];

export const controlV1: readonly V1Method[] = [
  {
    module: 'job',
    name: 'kill',
    verb: 'POST',
    role: 'secure',
    parameters: {
      job_ids: needed('list'),
      code: optional('int'),
      use_email_as_id: optional('bool', false),
      kill_options: optional('list', []),
    },
    async run(core, caller, { job_ids, code, kill_options }) {
      if ((job_ids as readonly unknown[]).length > mostIds) return refused(tooMany);
      const options = (kill_options as readonly unknown[]).filter((one) => typeof one === 'string');
      const order = { code: code as number | null, options };
      return succeeded(
        await killJobs(core, controllerFor(caller), (job_ids as readonly unknown[]).map(jobIdOf), order),
      );
    },
  },
  {
    module: 'job',
    name: 'reassign',
    verb: 'POST',
    role: 'secure',
    parameters: { job_ids: needed('list') },
    async run(core, caller, { job_ids }) {
      if ((job_ids as readonly unknown[]).length > mostIds) return refused(tooMany);
      await reassignJobs(core, controllerFor(caller), (job_ids as readonly unknown[]).map(jobIdOf));
      return succeeded();
    },
  },
  {
    module: 'job',
    name: 'set_command',
    verb: 'POST',
    role: 'production',
    parameters: { job_id: needed('int'), command: needed('str') },
    async run(core, caller, { job_id, command }) {
      return answerOf(await setCommand(core, controllerFor(caller), job_id as number, command as string));
    },
  },
  {
    module: 'job',
    name: 'set_debug_mode',
    verb: 'POST',
    // The owner may, as by the legacy method; who may not reads so in the message.
    role: 'secure',
    parameters: { job_id: needed('int'), mode: needed('bool') },
    async run(core, caller, { job_id, mode }) {
      return answerOf(await setDebugMode(core, controllerFor(caller), job_id as number, mode as boolean));
    },
  },
];
