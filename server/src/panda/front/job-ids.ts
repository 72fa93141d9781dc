import type { Core } from '../../core/core.ts';
import type { Fields } from './fields.ts';
import { bodyInvalid } from './fields.ts';
import { PickleError, readApart } from './pickle/index.ts';
import { parseJson } from './values.ts';

/** More than any method takes. */
const mostRead = 200_000;
const mostBytes = 4 * 1024 * 1024;

/**
 * Numbers of jobs as old clients send them: a pickled list (or a single number), or a list as JSON. What is no number
 * of a job is 0, which no job has. Throws `panda.body-invalid`.
 */
export async function jobIdsIn(core: Core, fields: Fields, name: string): Promise<number[]> {
  const bytes = fields.bytes(name);
  if (bytes === undefined) throw bodyInvalid(`There is no field ${name}.`);
  if (bytes.length > mostBytes) throw bodyInvalid(`${name} may have ${mostBytes} bytes.`);
  if (looksLikeJson(bytes)) return listOf(parseJson(bytes.toString())).map(jobIdOf);
  return listOf(await unpickled(core, bytes)).map(jobIdOf);
}

/** A list or a number of JSON; no pickle begins so. */
export function looksLikeJson(bytes: Buffer): boolean {
  return /^\s*[[\d]/.test(bytes.toString('latin1', 0, 20));
}

async function unpickled(core: Core, bytes: Buffer): Promise<unknown> {
  try {
    return await readApart(core.threads, bytes);
  } catch (error) {
    if (error instanceof PickleError) throw bodyInvalid(error.message, error);
    throw error;
  }
}

/** The number of one job, which may be a text; 0 for anything else. */
export function jobIdOf(value: unknown): number {
  const jobId = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof jobId === 'number' && Number.isSafeInteger(jobId) && jobId > 0 ? jobId : 0;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, mostRead) : [value];
}
