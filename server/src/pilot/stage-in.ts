import { unlink } from 'node:fs/promises';
import path from 'node:path';
import { md5Of, measure } from './checksum.ts';
import type { InputFile, PilotJob } from './job.ts';
import { JobProblem, messageOf } from './problems.ts';
import { download } from './request.ts';
import { type PandaServer, persist } from './server.ts';
import {
  deterministicPath,
  type Endpoint,
  fetchEndpoints,
  fetchFile,
  isPlainName,
  isPlainScope,
} from './storage.ts';

export interface StageContext {
  server: PandaServer;
  /** Where the transformation runs. */
  folder: string;
  signal: AbortSignal;
  /** How long a transfer is tried again, milliseconds. */
  patienceMs: number;
  tell: (line: string) => void;
}

/** Brings every input of the job into its folder and compares size and checksum. Throws `JobProblem`. */
export async function stageIn(job: PilotJob, context: StageContext): Promise<void> {
  if (job.inputs.length === 0) return;
  const endpoints = await fetchEndpoints(context.server).catch((error: unknown) => {
    throw new JobProblem('stageInFailed', `the list of endpoints could not be read: ${messageOf(error)}`);
  });
  for (const input of job.inputs) await fetchInput(input, endpoints, context);
}

async function fetchInput(
  input: InputFile,
  endpoints: ReadonlyMap<string, Endpoint>,
  context: StageContext,
): Promise<void> {
  const { server, folder, signal, patienceMs, tell } = context;
  if (!isPlainName(input.lfn) || (input.scope !== '' && !isPlainScope(input.scope))) {
    throw new JobProblem('stageInFailed', `"${input.scope}:${input.lfn}" cannot be a file`);
  }
  const target = path.join(folder, input.lfn);
  const endpoint = endpoints.get(input.endpoint);
  const relative = deterministicPath(input.scope, input.lfn);
  const once = async (): Promise<void> => {
    if (endpoint !== undefined) return fetchFile(server, { endpoint, relative }, target, signal);
    const url = `${server.address}/cache/${encodeURIComponent(input.lfn)}`;
    await download(url, target, { headers: server.headersFor(url), ca: server.ca, signal });
  };
  try {
    await persist(once, { forMs: patienceMs, longestMs: 10_000, signal, tell });
  } catch (error) {
    await unlink(target).catch(() => undefined);
    const from = endpoint === undefined ? 'the cache of the server' : input.endpoint;
    throw new JobProblem('stageInFailed', `${input.lfn} did not come from ${from}: ${messageOf(error)}`);
  }
  await compare(input, target);
  tell(`staged in ${input.lfn}`);
}

async function compare(input: InputFile, file: string): Promise<void> {
  const { sizeBytes, adler32 } = await measure(file);
  if (input.sizeBytes !== null && input.sizeBytes !== sizeBytes) {
    throw new JobProblem(
      'stageInFailed',
      `${input.lfn} has ${sizeBytes} bytes instead of ${input.sizeBytes}`,
    );
  }
  const [kind, sum = ''] = input.checksum.toLowerCase().split(':');
  if (kind === 'ad' && sum.padStart(8, '0') !== adler32) {
    throw new JobProblem('adlerMismatch', `${input.lfn} has the adler32 ${adler32} instead of ${sum}`);
  }
  if (kind === 'md' || kind === 'md5') {
    const md5 = await md5Of(file);
    if (md5 !== sum) throw new JobProblem('md5Mismatch', `${input.lfn} has the md5 ${md5} instead of ${sum}`);
  }
}
