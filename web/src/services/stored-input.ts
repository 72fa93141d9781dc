import type { UwsJob } from '@orrery/contracts';

/** What of another job a file parameter is given: `orrery:job/{id}/result/{name}`. */
export interface StoredInput {
  jobId: string;
  kind: 'result' | 'parameter';
  name: string;
}

export function storedInput({ jobId, kind, name }: StoredInput): string {
  return `orrery:job/${jobId}/${kind}/${encodeURIComponent(name)}`;
}

/** The inverse; undefined for an address. */
export function readStoredInput(text: string): StoredInput | undefined {
  const match = /^orrery:job\/([0-9a-z]+)\/(result|parameter)\/([^/]+)(?:\/\d+)?$/.exec(text);
  if (match === null) return undefined;
  const [, jobId = '', kind, name = ''] = match;
  try {
    return { jobId, kind: kind as StoredInput['kind'], name: decodeURIComponent(name) };
  } catch {
    return undefined;
  }
}

/** The addresses and references of a file parameter, one on each line. */
export const linesOf = (value: string): string[] =>
  value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/**
 * What to give a new job so that it has the files of an earlier one, without sending them again; undefined when
 * they are not here any more.
 */
export function sameFiles(job: UwsJob, parameter: UwsJob['parameters'][number]): string | undefined {
  if (parameter.href !== null) return storedInput({ jobId: job.id, kind: 'parameter', name: parameter.name });
  const addresses = parameter.value.split(' ');
  return addresses.every((each) => /^https?:\/\//i.test(each)) ? addresses.join('\n') : undefined;
}
