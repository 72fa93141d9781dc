import type { FileType } from '../jobs/file.ts';
import { fileTypes } from '../jobs/file.ts';
import { JobFields, jobRefused } from './fields.ts';
import type { NewFile, NewJob } from './job.ts';
import { fileAttributes, jobAttributes, ownAttributes } from './job-attributes.ts';
import { readJob } from './read-job.ts';

/** Job labels that a client may give (panda-server 1.0.3). */
const jobLabels = ['user', 'managed'];
/** Older clients know fewer attributes; these have always been there. */
const leastAttributes = jobAttributes.indexOf('specialHandling');

/**
 * A job as panda-client sends it: the values of its attributes in their order, behind them the list of its files, each a
 * list of values too. Throws `panda.job-invalid`.
 */
export function readJobState(state: unknown): NewJob {
  if (!Array.isArray(state)) throw jobRefused('A job is a list of values.', 'Use a client that knows how.');
  const files: unknown = state.at(-1);
  if (!Array.isArray(files) || state.length - 1 < leastAttributes) {
    throw jobRefused(
      `A list of ${state.length} values is no job: it ends with the list of its files.`,
      'Use a client that knows how.',
    );
  }
  const values = named(jobAttributes, state.slice(0, -1));
  const label = values.job_label;
  if (typeof label === 'string' && label !== '' && label !== 'NULL' && !jobLabels.includes(label)) {
    throw jobRefused(`job_label=${label.slice(0, 50)} is not valid`, 'Give user or managed.');
  }
  for (const name of ownAttributes) delete values[name];
  const { jobParameters, ...others } = values;
  const job = readJob({ ...others, jobPars: jobParameters });
  return { ...job, files: files.map(readFileState) };
}

function named(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name, n) => [name, values[n] ?? null]));
}

const travelling = [
  'prodDBlock',
  'prodDBlockToken',
  'dispatchDBlock',
  'dispatchDBlockToken',
  'destinationDBlock',
  'destinationDBlockToken',
  'destinationSE',
];

function readFileState(state: unknown): NewFile {
  if (!Array.isArray(state)) throw jobRefused('A file is a list of values.', 'Use a client that knows how.');
  const fields = new JobFields(named(fileAttributes, state));
  const lfn = fields.text('lfn', 500);
  if (lfn === null || /[\p{Cc},]/u.test(lfn)) {
    throw jobRefused('A file has no name, or one that is none.', 'Give each file its lfn.');
  }
  const checksum = fields.text('checksum', 100);
  const md5 = fields.text('md5sum', 64);
  return {
    type: typeOf(fields.text('type', 40)),
    lfn,
    scope: fields.text('scope', 500),
    dataset: fields.text('dataset', 500),
    guid: fields.text('GUID', 100),
    sizeBytes: fields.integer('fsize', 0, Number.MAX_SAFE_INTEGER),
    checksum: checksum?.replace(/^md:/, 'md5:') ?? (md5 === null ? null : `md5:${md5}`),
    endpoint: endpointOf(fields.text('destinationDBlockToken', 500)),
    optional: false,
    attributes: Object.fromEntries(
      travelling.flatMap((name) => {
        const text = fields.text(name, 500);
        return text === null ? [] : [[name, text]];
      }),
    ),
  };
}

function typeOf(text: string | null): FileType {
  const known = fileTypes.find((type) => type === text);
  if (known !== undefined) return known;
  throw jobRefused(`A file cannot be of the type ${text ?? 'NULL'}.`, `Give one of ${fileTypes.join(', ')}.`);
}

/** `dst:<endpoint>` names the place itself; other tokens are words that a queue explains. */
function endpointOf(token: string | null): string | null {
  return token?.startsWith('dst:') === true ? token.slice('dst:'.length) : null;
}
