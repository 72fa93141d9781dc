import type { JobStory } from '../panda/submit/index.ts';
import { formatColumns, formatInstant } from './columns.ts';

/** A job as text for people: how it stands, its files, what happened to it. */
export function formatStory({ job, files, history }: JobStory): string {
  const facts: Array<[string, string]> = [
    ['job', `${job.jobId} ${job.name}`.trim()],
    ['status', `${job.status} since ${formatInstant(job.statusSince)}: ${job.statusWhy}`],
    ['queue', job.queue],
    ['owner', job.owner],
    ['attempt', `${job.attempt} of ${job.maxAttempt}`],
    ...Object.entries(job.errors ?? {}).map(([source, { code, diag }]): [string, string] => [
      'error',
      `${source} ${code}${diag === '' ? '' : `: ${diag}`}`,
    ]),
  ];
  return [
    ...facts.map(([name, value]) => `${name.padEnd(8)} ${value}\n`),
    '\n',
    formatColumns(
      ['FILE', 'TYPE', 'STATUS', 'BYTES', 'ENDPOINT'],
      files.map((file) => [
        file.lfn,
        file.type,
        file.status,
        file.sizeBytes === null ? null : String(file.sizeBytes),
        file.endpoint,
      ]),
    ),
    '\n',
    formatColumns(
      ['AT', 'STATUS', 'ATTEMPT', 'WHY', 'BY'],
      history.map((one) => [formatInstant(one.at), one.status, String(one.attempt), one.why, one.changedBy]),
    ),
  ].join('');
}
