import { randomUUID } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { measure } from './checksum.ts';
import type { OutputFile, PilotJob } from './job.ts';
import { JobProblem, messageOf } from './problems.ts';
import { persist } from './server.ts';
import type { StageContext } from './stage-in.ts';
import {
  deterministicPath,
  type Endpoint,
  fetchEndpoints,
  hasNoRoom,
  isPlainName,
  isPlainScope,
  storeFile,
} from './storage.ts';

/** One entry of the output report (`xml`). */
export interface StoredFile {
  guid: string;
  fsize: number;
  adler32: string;
  surl: string;
  endpoint: string;
}

/** By name of the file. */
export type OutputReport = Record<string, StoredFile>;

/** Stores all outputs of a job that succeeded, into `report` one by one. Throws `JobProblem`. */
export async function stageOut(job: PilotJob, context: StageContext, report: OutputReport): Promise<void> {
  if (job.outputs.length === 0) return;
  const endpoints = await endpointsFor(context);
  for (const output of job.outputs) {
    const file = path.join(context.folder, path.basename(output.lfn));
    const found = await lstat(file).catch(() => null);
    if (found?.isFile() === true) report[output.lfn] = await store(output, file, endpoints, context);
    else if (output.mayBeMissing) context.tell(`${output.lfn} was not made, which is allowed`);
    else throw new JobProblem('outputMissing', `the payload did not make ${output.lfn}`);
  }
}

/** Stores one file that lies anywhere, such as the log. */
export async function stageOutFile(
  output: OutputFile,
  file: string,
  context: StageContext,
): Promise<StoredFile> {
  return store(output, file, await endpointsFor(context), context);
}

async function endpointsFor({
  server,
  patienceMs,
  signal,
  tell,
}: StageContext): Promise<Map<string, Endpoint>> {
  try {
    return await persist(() => fetchEndpoints(server), {
      forMs: patienceMs,
      longestMs: 10_000,
      signal,
      tell,
    });
  } catch (error) {
    throw new JobProblem('stageOutFailed', `the list of endpoints could not be read: ${messageOf(error)}`);
  }
}

async function store(
  output: OutputFile,
  file: string,
  endpoints: ReadonlyMap<string, Endpoint>,
  { server, patienceMs, signal, tell }: StageContext,
): Promise<StoredFile> {
  if (output.scope === '') throw new JobProblem('stageOutFailed', `${output.lfn} has no scope`);
  if (!isPlainName(output.lfn) || !isPlainScope(output.scope)) {
    throw new JobProblem('stageOutFailed', `"${output.scope}:${output.lfn}" cannot be a file`);
  }
  const endpoint = endpoints.get(output.endpoint);
  if (endpoint === undefined) {
    throw new JobProblem('noStorage', `the endpoint "${output.endpoint}" of ${output.lfn} is not known`);
  }
  const measured = await measure(file);
  const place = { endpoint, relative: deterministicPath(output.scope, output.lfn) };
  try {
    const surl = await persist(() => storeFile(server, place, file, measured), {
      forMs: patienceMs,
      longestMs: 10_000,
      signal,
      tell,
      isFinal: hasNoRoom,
    });
    tell(`staged out ${output.lfn} to ${surl}`);
    return {
      guid: output.guid === '' ? randomUUID().toUpperCase() : output.guid,
      fsize: measured.sizeBytes,
      adler32: measured.adler32,
      surl,
      endpoint: output.endpoint,
    };
  } catch (error) {
    const problem = hasNoRoom(error) ? 'storageFull' : 'stageOutFailed';
    throw new JobProblem(problem, `${output.lfn} could not be stored: ${messageOf(error)}`);
  }
}
