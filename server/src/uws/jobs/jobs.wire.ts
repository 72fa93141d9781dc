import { attributes, escapeAttribute, escapeText, fitsXml } from '../xml/write.ts';
import type { Job, JobParameter, JobResult, JobRow } from './job.ts';

const namespaces =
  'xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
/** Declared where results are: the schema takes attributes of this namespace on them, and no others. */
const customNamespace = 'xmlns:custom="urn:uwscustom"';
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** UWS documents; the namespace says v1.0 for version 1.1 as well. */
export const uwsMediaType = 'application/xml; charset=utf-8';

function nillable(name: string, value: string | null): string {
  return value === null ? `<uws:${name} xsi:nil="true"/>` : `<uws:${name}>${escapeText(value)}</uws:${name}>`;
}

function instant(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}

/** A value that XML cannot carry is given as an address, like a file. */
function isByReference(parameter: JobParameter): boolean {
  return parameter.files !== undefined || !fitsXml(parameter.value);
}

interface ShownParameter {
  id: string;
  byReference: boolean;
  value: string;
}

/** Each value with its id; a parameter with several files appears once per file. */
function shownParameters(parameters: readonly JobParameter[], jobUrl: string): ShownParameter[] {
  return parameters.flatMap((parameter): ShownParameter[] => {
    const { name: id, value } = parameter;
    const own = `${jobUrl}/parameters/${encodeURIComponent(id)}`;
    if (!isByReference(parameter)) return [{ id, byReference: false, value }];
    if (parameter.files === undefined || parameter.files.length === 0)
      return [{ id, byReference: true, value: own }];
    return parameter.files.map((file, index) => ({
      id,
      byReference: true,
      value: file.url ?? (index === 0 ? own : `${own}/${index + 1}`),
    }));
  });
}

function parameterElements(parameters: readonly JobParameter[], jobUrl: string): string {
  return shownParameters(parameters, jobUrl)
    .map(
      ({ id, byReference, value }) =>
        `<uws:parameter${attributes({ id, byReference: byReference ? true : undefined })}>${escapeText(value)}</uws:parameter>`,
    )
    .join('');
}

/** The address of a result below its job. */
export function resultUrl(jobUrl: string, name: string): string {
  return `${jobUrl}/results/${encodeURIComponent(name)}`;
}

type HrefOf = (result: JobResult) => string;

function resultElements(results: readonly JobResult[], hrefOf: HrefOf): string {
  return results
    .map((result) => {
      const values = {
        id: result.name,
        'xlink:type': 'simple',
        'xlink:href': hrefOf(result),
        size: result.sizeBytes,
        'mime-type': result.mediaType,
        // The one namespace in which the schema lets a result have more: OPUS's client looks for both.
        'custom:name': result.fileName,
        'custom:hash': result.hash,
      };
      return `<uws:result${attributes(values)}/>`;
    })
    .join('');
}

/** When the job should be done: start, or now for a waiting one, plus what its definition expects. */
export function quoteOf(job: JobRow, expectedSeconds: number | undefined): Date | null {
  if (expectedSeconds === undefined || job.startedAt === null || job.endedAt !== null) return null;
  return new Date(job.startedAt.getTime() + expectedSeconds * 1000);
}

/** The job document; the order of the children is that of the schema. Results are below the job unless told otherwise. */
export function renderJob(
  job: Job,
  jobUrl: string,
  expectedSeconds?: number,
  hrefOf: HrefOf = (result) => resultUrl(jobUrl, result.name),
): string {
  const error =
    job.error === null
      ? ''
      : `\n  <uws:errorSummary${attributes({ type: job.error.type, hasDetail: job.error.detail !== null })}><uws:message>${escapeText(job.error.message)}</uws:message></uws:errorSummary>`;
  const runId = job.runId === null ? '' : `<uws:runId>${escapeText(job.runId)}</uws:runId>`;
  return `${declaration}<uws:job version="1.1" ${namespaces} ${customNamespace}>
  <uws:jobId>${job.jobId}</uws:jobId>${runId}
  ${nillable('ownerId', job.ownerId)}
  <uws:phase>${job.phase}</uws:phase>
  ${nillable('quote', instant(quoteOf(job, expectedSeconds)))}
  <uws:creationTime>${job.createdAt.toISOString()}</uws:creationTime>
  ${nillable('startTime', instant(job.startedAt))}
  ${nillable('endTime', instant(job.endedAt))}
  <uws:executionDuration>${job.executionDuration}</uws:executionDuration>
  ${nillable('destruction', instant(job.destructionAt))}
  <uws:parameters>${parameterElements(job.parameters, jobUrl)}</uws:parameters>
  <uws:results>${resultElements(job.results, hrefOf)}</uws:results>${error}${renderInfo(job)}
</uws:job>
`;
}

/** The place for what UWS has no element for. */
function renderInfo(job: Job): string {
  const lines = [...placeLines(job), ...removedLines(job)];
  return lines.length === 0 ? '' : `\n  <uws:jobInfo>${lines.join('')}</uws:jobInfo>`;
}

function placeLines({ place }: Job): string[] {
  if (place === null) return [];
  const { backend, host, exitCode } = place;
  return [
    `<executor>${escapeText(backend)}</executor>`,
    ...(host === null ? [] : [`<host>${escapeText(host)}</host>`]),
    ...(exitCode === null ? [] : [`<exitCode>${exitCode}</exitCode>`]),
  ];
}

/** What an archived job had. */
function removedLines(job: Job): string[] {
  if (job.archivedFrom === null) return [];
  const inputs = job.parameters.flatMap(({ name, files = [] }) =>
    files.flatMap(({ removedHash: sha256, sizeBytes }) => {
      if (sha256 === undefined) return [];
      return [`<removedInput${attributes({ id: name, size: sizeBytes ?? undefined, sha256 })}/>`];
    }),
  );
  const results = job.removedResults.map(({ name, sizeBytes, hash }) => {
    return `<removedResult${attributes({ id: name, size: sizeBytes, sha256: hash })}/>`;
  });
  return [`<archivedFrom>${job.archivedFrom}</archivedFrom>`, ...inputs, ...results];
}

export const jobsHead = `${declaration}<uws:jobs version="1.1" ${namespaces}>\n`;
export const jobsFoot = '</uws:jobs>\n';

/** What the list says of a job. */
export interface Jobref extends Pick<JobRow, 'jobId' | 'phase' | 'runId' | 'ownerId'> {
  /** ISO 8601 in UTC, as it is shown. */
  creationTime: string;
}

/** One entry of the list; between `jobsHead` and `jobsFoot`. */
export function renderJobref(job: Jobref, jobUrl: string): string {
  const runId = job.runId === null ? '' : `<uws:runId>${escapeText(job.runId)}</uws:runId>`;
  return `  <uws:jobref id="${job.jobId}" xlink:type="simple" xlink:href="${escapeAttribute(jobUrl)}"><uws:phase>${job.phase}</uws:phase>${runId}${nillable('ownerId', job.ownerId)}<uws:creationTime>${job.creationTime}</uws:creationTime></uws:jobref>\n`;
}

export function renderParameters(job: Job, jobUrl: string): string {
  return `${declaration}<uws:parameters ${namespaces}>${parameterElements(job.parameters, jobUrl)}</uws:parameters>\n`;
}

export function renderResults(job: Job, jobUrl: string): string {
  return `${declaration}<uws:results ${namespaces} ${customNamespace}>${resultElements(job.results, (result) => resultUrl(jobUrl, result.name))}</uws:results>\n`;
}

export function parametersAsJson(job: Job, jobUrl: string) {
  return shownParameters(job.parameters, jobUrl);
}

export function resultsAsJson(job: Job, jobUrl: string) {
  return job.results.map((result) => ({
    id: result.name,
    href: resultUrl(jobUrl, result.name),
    size: result.sizeBytes,
    'mime-type': result.mediaType,
    name: result.fileName,
    hash: result.hash,
  }));
}

/** The same document as JSON, with the field names of the XML. */
export function jobAsJson(job: Job, jobUrl: string, expectedSeconds?: number) {
  return {
    version: '1.1',
    jobId: job.jobId,
    ...(job.runId === null ? {} : { runId: job.runId }),
    ownerId: job.ownerId,
    phase: job.phase,
    quote: instant(quoteOf(job, expectedSeconds)),
    creationTime: job.createdAt.toISOString(),
    startTime: instant(job.startedAt),
    endTime: instant(job.endedAt),
    executionDuration: job.executionDuration,
    destruction: instant(job.destructionAt),
    parameters: shownParameters(job.parameters, jobUrl),
    results: resultsAsJson(job, jobUrl),
    ...(job.error === null
      ? {}
      : {
          errorSummary: {
            type: job.error.type,
            hasDetail: job.error.detail !== null,
            message: job.error.message,
          },
        }),
  };
}

export function jobrefAsJson(job: Jobref, jobUrl: string) {
  return {
    id: job.jobId,
    href: jobUrl,
    phase: job.phase,
    ...(job.runId === null ? {} : { runId: job.runId }),
    ownerId: job.ownerId,
    creationTime: job.creationTime,
  };
}
