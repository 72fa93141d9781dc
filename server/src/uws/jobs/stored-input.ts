import { demandPermission, type Identity } from '../../core/auth/index.ts';
import type { Sql } from '../../core/db/index.ts';
import type { AppError } from '../../core/errors.ts';
import type { Definition, Parameter } from '../definitions/definition.ts';
import { jobOfAnother } from '../errors.ts';
import type { InputFile, Job } from './job.ts';
import { findJob } from './jobs.store.ts';
import { demandFewFiles, type Given, parameterNamed, safeFileName } from './parameters.ts';
import { valueRefused } from './values.ts';

/** `orrery:job/{id}/result/{name}`, `orrery:job/{id}/parameter/{name}` or, of several files, `…/{name}/{number}`. */
const written = /^orrery:job\/([0-9a-z]{1,100})\/(result|parameter)\/([^/]{1,300})(?:\/([1-9]\d{0,3}))?$/;
const scheme = /^orrery:/i;

/**
 * Puts stored files in the place of values that name what another job has: its results, and the files it was given.
 * The bytes are taken over by their hash, nothing is copied or fetched. The caller must be allowed to see that job.
 * Throws `uws.parameter-invalid` with the parameter's name, and `uws.job-of-another`.
 */
export async function withStoredInputs(
  sql: Sql,
  definition: Definition,
  given: Given,
  identity: Identity,
  maxBytes: number,
): Promise<Given> {
  const texts = new Map(given.texts);
  const uploads = new Map(given.uploads);
  // Thousands of values may name one job.
  const read = new Map<string, Promise<Job | null>>();
  const jobOf = (jobId: string) => {
    const job = read.get(jobId) ?? findJob(sql, jobId);
    read.set(jobId, job);
    return job;
  };
  for (const [name, values] of given.texts) {
    const parameter = parameterNamed(definition, name);
    if (parameter?.type !== 'file' || !values.some((value) => scheme.test(value))) continue;
    const files: InputFile[] = [];
    for (const value of values.filter((each) => scheme.test(each))) {
      files.push(...(await storedFiles(jobOf, parameter, value, identity)));
      // One value may stand for all files of another job, and be given thousands of times.
      demandFewFiles(parameter, files.length);
    }
    const large = files.find((file) => (file.sizeBytes ?? 0) > maxBytes);
    if (large !== undefined)
      throw valueRefused(
        parameter.name,
        `${large.fileName} has more than the ${maxBytes} bytes allowed here.`,
      );
    const rest = values.filter((value) => !scheme.test(value));
    if (rest.length > 0 && parameter.multiple !== true)
      throw valueRefused(parameter.name, 'it was given several times.');
    if (rest.length === 0) texts.delete(name);
    else texts.set(name, rest);
    uploads.set(name, [...files, ...(uploads.get(name) ?? [])]);
  }
  return { ...given, texts, uploads };
}

async function storedFiles(
  jobOf: (jobId: string) => Promise<Job | null>,
  parameter: Parameter,
  value: string,
  identity: Identity,
): Promise<InputFile[]> {
  const [, jobId, kind, encoded = '', ordinal] = written.exec(value) ?? [];
  if (jobId === undefined) throw refused(parameter, value, 'it is not orrery:job/ID/result/NAME.');
  const job = await jobOf(jobId);
  if (job === null) throw refused(parameter, value, 'there is no such job.');
  demandSightOf(identity, job);
  const name = decoded(encoded);
  const files = kind === 'result' ? resultFiles(job, name) : parameterFiles(job, name);
  const chosen = ordinal === undefined ? files : files.slice(Number(ordinal) - 1, Number(ordinal));
  if (chosen.length === 0) throw refused(parameter, value, `that job has no such ${kind}.`);
  return chosen.map((file) => ({ ...file, url: null, from: value }));
}

function resultFiles(job: Job, name: string): InputFile[] {
  return job.results
    .filter((result) => result.name === name)
    .map(({ fileName, mediaType, hash, sizeBytes }) => ({
      fileName: safeFileName(fileName),
      mediaType,
      hash,
      sizeBytes,
      url: null,
    }));
}

/** Those whose bytes are here. */
function parameterFiles(job: Job, name: string): InputFile[] {
  const files = job.parameters.find((each) => each.name === name)?.files ?? [];
  return files.filter((file) => file.hash !== null);
}

/** The rule of `demandSight`; a job of another is refused as it is everywhere. */
function demandSightOf(identity: Identity, job: Job): void {
  if (identity.may('uws.job.any')) return;
  const owner = identity.kind === 'anonymous' ? null : identity.name;
  if (job.ownerId !== owner) throw jobOfAnother();
  demandPermission(identity, 'uws.job.read', job.definition);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refused(parameter: Parameter, value: string, reason: string): AppError {
  return valueRefused(parameter.name, `"${value.slice(0, 120)}": ${reason}`);
}
