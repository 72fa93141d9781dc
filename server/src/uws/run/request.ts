import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ComputeInput, ComputeRequest } from '../../core/compute/index.ts';
import type { Definition } from '../definitions/definition.ts';
import type { Job } from '../jobs/job.ts';
import type { Service } from '../service.ts';
import { inputPaths, parametersSh, variables } from './parameters-sh.ts';

/** Files of the server itself stand here in the job's folder; names with a dot are never collected. */
const own = '.orrery';

/** Where a script's own words about its failure are kept. */
export const errorFile = `${own}/error`;

/**
 * Sources parameters and script, as OPUS does. A command that fails ends the job with a sentence that names it, and
 * so does `error_handler "text"`. `job_event` told OPUS's server of a change of phase, which ours knows by itself.
 */
const wrapper = `set -E
JOBID=$ORRERY_JOB
JOBNAME=$ORRERY_DEFINITION
readonly __orrery_error="$PWD/${errorFile}"
job_event() { :; }
error_handler() {
  local __status=$?
  trap - ERR
  local __text="\${1:-The script ended itself.}"
  { printf '%s\\n' "$__text" > "$__orrery_error"; } 2>/dev/null || :
  printf '%s\\n' "$__text" >&2
  [ "$__status" -eq 0 ] && __status=1
  exit "$__status"
}
trap 'error_handler "Error in $ORRERY_DEFINITION running command: $BASH_COMMAND"' ERR
. ./${own}/parameters.sh
. ./${own}/script.sh
`;

/** Files of each program of this server, beside this folder; the first one is run. */
const programs: Record<string, readonly string[]> = {
  'fits-summary': [
    'fits-summary.ts',
    'fits-file.ts',
    'fits-pixels.ts',
    'statistics.ts',
    'preview.ts',
    'png.ts',
  ],
};

const builtinFolder = new URL('../builtin/', import.meta.url);

/** What core/compute needs to run the job. */
export function runRequest(
  service: Service,
  job: Job,
  definition: Definition,
  asAdmin: boolean,
): ComputeRequest {
  const { settings } = service;
  const work =
    definition.program === undefined ? scriptWork(job, definition) : programWork(job, definition.program);
  return {
    owner: { module: 'uws', kind: 'job', id: job.jobId },
    fairKey: job.ownerId ?? 'anonymous',
    command: work.command,
    environment: { ORRERY_DEFINITION: definition.name, ORRERY_JOB: job.jobId },
    inputs: [...work.inputs, ...fileInputs(job)],
    limits: {
      memoryMb: definition.memoryMb ?? settings.memoryMb,
      processes: 256,
      wallSeconds: job.executionDuration,
      outputMb: settings.outputMb,
    },
    ...(work.readable === undefined ? {} : { readable: work.readable }),
    ...(asAdmin ? { asAdmin: true } : {}),
  };
}

interface Work {
  command: string[];
  inputs: ComputeInput[];
  readable?: string[];
}

function scriptWork(job: Job, definition: Definition): Work {
  return {
    command: ['bash', `${own}/run.sh`],
    inputs: [
      text(`${own}/run.sh`, wrapper),
      text(`${own}/parameters.sh`, parametersSh(variables(job, definition))),
      text(`${own}/script.sh`, definition.script ?? ''),
    ],
  };
}

function programWork(job: Job, program: string): Work {
  const files = programs[program] ?? [];
  const parameters = Object.fromEntries(
    job.parameters.map((parameter) => [
      parameter.name,
      { value: parameter.value, files: inputPaths(parameter) },
    ]),
  );
  return {
    command: [realpathSync(process.execPath), `${own}/${files[0]}`],
    inputs: [
      text(`${own}/parameters.json`, JSON.stringify(parameters)),
      // Says that the files are ES modules; without it Node has to guess and warns.
      text(`${own}/package.json`, '{"type":"module"}'),
      ...files.map((file) => ({
        path: `${own}/${file}`,
        content: { file: fileURLToPath(new URL(file, builtinFolder)) },
      })),
    ],
    readable: [realpathSync(process.execPath)],
  };
}

function text(path: string, content: string): ComputeInput {
  return { path, content: Buffer.from(content) };
}

function fileInputs(job: Job): ComputeInput[] {
  return job.parameters.flatMap((parameter) => {
    const paths = inputPaths(parameter);
    return (parameter.files ?? []).flatMap((file, index): ComputeInput[] => {
      const path = paths[index];
      if (file.hash === null || path === undefined) return [];
      return [{ path, content: { sha256: file.hash, namespace: 'result' } }];
    });
  });
}
