import type { Core } from '../../core/core.ts';
import { debugSecrets } from '../creds/pilot-secrets.ts';
import type { Caller } from '../front/caller.ts';
import type { Fields } from '../front/fields.ts';
import {
  type LegacyMethod,
  refused,
  statusCodes,
  succeeded,
  type V1Answer,
  type V1Method,
} from '../front/method.ts';
import { fieldsOfV1, ReportRefusal, readReport, updateJobParameters } from './report.wire.ts';
import { takeReport } from './take-report.ts';

/** The values of an answer to updateJob. */
export type UpdateAnswer = {
  StatusCode: number;
  command?: string;
  pilotSecrets?: string;
  errorDialog?: string;
};

/** Answered to callers that are no pilots, in the words of the reference. */
export const roleRefusal = {
  StatusCode: statusCodes.invalidRole,
  errorDialog: 'no production/pilot role in VOMS FQANs or non pilot owner',
} as const;

/**
 * `updateJob`: whatever is wrong with a report, the pilot goes on; it never looks at the code (pilot3 3.11.5.1). A
 * state that pilots do not report, and the job `NULL`, are passed over with success.
 */
export async function updateJob(core: Core, caller: Caller, fields: Fields): Promise<UpdateAnswer> {
  if (!caller.isPilot) return roleRefusal;
  if (fields.text('jobId') === 'NULL') return { StatusCode: statusCodes.success };
  try {
    const { command } = await takeReport(
      core,
      readReport(fields, caller, 'legacy'),
      () => caller.signal.aborted,
    );
    return { StatusCode: statusCodes.success, command, ...(await secretsFor(core, command)) };
  } catch (thrown) {
    if (!(thrown instanceof ReportRefusal)) throw thrown;
    if (thrown.what === 'state') return { StatusCode: statusCodes.success };
    return { StatusCode: statusCodes.failed, errorDialog: thrown.message };
  }
}

/** A pilot that is told to print what it does gets the secrets of pilots with every answer (panda-server 1.0.3). */
async function secretsFor(core: Core, command: string): Promise<{ pilotSecrets?: string }> {
  return command.split(',').includes('debug') ? await debugSecrets(core) : {};
}

/** `update_job` of v1. */
export async function updateJobV1(
  core: Core,
  caller: Caller,
  values: Readonly<Record<string, unknown>>,
): Promise<V1Answer> {
  try {
    const { command } = await takeReport(
      core,
      readReport(fieldsOfV1(values), caller, 'v1'),
      () => caller.signal.aborted,
    );
    return succeeded({ StatusCode: statusCodes.success, command, ...(await secretsFor(core, command)) });
  } catch (thrown) {
    if (!(thrown instanceof ReportRefusal)) throw thrown;
    return refused(thrown.message, { StatusCode: statusCodes.invalidToken });
  }
}

export const reportLegacy: readonly LegacyMethod[] = [
  {
    name: 'updateJob',
    run: async (core, caller, fields) => ({ as: 'fields', value: await updateJob(core, caller, fields) }),
  },
];

export const reportV1: readonly V1Method[] = [
  {
    module: 'pilot',
    name: 'update_job',
    verb: 'POST',
    role: 'pilot',
    parameters: updateJobParameters,
    run: updateJobV1,
  },
];
