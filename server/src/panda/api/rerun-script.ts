import type { JobFile } from '../jobs/file.ts';
import type { Job } from '../jobs/job.ts';
import type { Specification } from './job.store.ts';

/** In single quotes for a shell: nothing inside means anything. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Text of users as a comment: one line, whatever it holds. */
function comment(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
}

/**
 * A shell script that runs the payload of a job again by hand, without pilot and server: fetches the transformation,
 * checks that the inputs are there, and runs it as the pilot does (pilot3 3.11.5.1: `./<name> <jobPars>`). The command
 * line is the user's own and stands there as it would be run; everything else is quoted.
 */
export function rerunScript(
  job: Pick<Job, 'jobId' | 'name' | 'queue' | 'cores' | 'taskId'>,
  { parameters, transformation, attributes }: Specification,
  files: readonly JobFile[],
  publicBase: string,
): string {
  const url = transformation.startsWith('/') ? `${publicBase}${transformation}` : transformation;
  const program = url.split('/').at(-1)?.split(/[?#]/)[0] || 'transformation';
  const inputs = files.filter(({ type }) => type === 'input');
  const outputs = files.filter(({ type }) => type === 'output');
  const { container_name: container } = attributes;
  const lines = [
    '#!/bin/bash',
    `# Runs the payload of job ${job.jobId} again, in a folder of its own.`,
    `# Name: ${comment(job.name)}; queue: ${comment(job.queue)}`,
    ...(typeof container === 'string' ? [`# It ran inside the container ${comment(container)}.`] : []),
    'set -euo pipefail',
    `work=\${1:-rerun-${job.jobId}}`,
    'mkdir -p -- "$work"',
    'cd -- "$work"',
    '',
    `export PANDAID=${job.jobId}`,
    ...(job.taskId === null ? [] : [`export PanDA_TaskID=${job.taskId}`]),
    `export ATHENA_PROC_NUMBER=${Math.max(1, job.cores)}`,
    '',
    ...inputs.flatMap(inputLines),
    isAddress(url)
      ? `curl --fail --silent --show-error --location --output ${shellQuote(`./${program}`)} -- ${shellQuote(url)}`
      : `cp -- ${shellQuote(url)} ${shellQuote(`./${program}`)}`,
    `chmod +x ${shellQuote(`./${program}`)}`,
    '',
    'set +e',
    `${shellQuote(`./${program}`)} ${oneLine(parameters)} > payload.stdout 2> payload.stderr`,
    'code=$?',
    `echo "The payload ended with exit code $code; see payload.stdout and payload.stderr."`,
    ...(outputs.length === 0 ? [] : [`ls -l -- ${outputs.map(({ lfn }) => shellQuote(lfn)).join(' ')}`]),
    'exit $code',
  ];
  return `${lines.join('\n')}\n`;
}

function isAddress(url: string): boolean {
  return /^https?:\/\//.test(url);
}

/** A line break would end the command. */
function oneLine(parameters: string): string {
  return parameters.replace(/[\r\n]+/g, ' ');
}

function inputLines({ lfn, scope, surl }: JobFile): string[] {
  const name = shellQuote(lfn);
  const full = scope === null ? lfn : `${scope}:${lfn}`;
  if (surl !== null && isAddress(surl))
    return [
      `[ -e ${name} ] || curl --fail --silent --show-error --location --output ${shellQuote(`./${lfn}`)} -- ${shellQuote(surl)}`,
    ];
  const message = `The input ${comment(full)} is not here: put it into $PWD.`;
  return [`[ -e ${name} ] || { printf '%s\\n' ${shellQuote(message)} >&2; exit 66; }`];
}
