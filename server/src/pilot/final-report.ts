import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from './problems.ts';
import { type PandaServer, persist } from './server.ts';
import type { AnswerFields } from './wire.ts';

const name = 'final.json';
const longestPauseMs = 30_000;

/** Keeps the last word on a job beside it, whole, before it is sent for the first time. */
export async function keepFinal(folder: string, fields: AnswerFields): Promise<void> {
  const file = path.join(folder, name);
  await writeFile(`${file}.new`, JSON.stringify(fields), { flush: true });
  await rename(`${file}.new`, file);
}

/** Null when the job has not come to its last word. */
export async function findFinal(folder: string): Promise<AnswerFields | null> {
  try {
    return JSON.parse(await readFile(path.join(folder, name), 'utf8')) as AnswerFields;
  } catch {
    return null;
  }
}

/**
 * Sends a final report until it is acknowledged; any answer that can be read is an acknowledgement. False when the
 * time was up or the signal came first: then it stays on disk.
 */
export async function sendFinal(
  server: PandaServer,
  fields: AnswerFields,
  options: { forMs: number; signal?: AbortSignal; tell: (line: string) => void },
): Promise<boolean> {
  const { tell } = options;
  try {
    const answer = await persist(() => server.call('updateJob', fields, options.signal), {
      ...options,
      longestMs: longestPauseMs,
      tell: (why) => tell(`the final report of job ${fields.jobId} did not get through: ${why}`),
    });
    tell(
      `job ${fields.jobId} was reported ${fields.state}; the server says ${JSON.stringify(answer.command ?? null)}`,
    );
    return true;
  } catch (error) {
    tell(
      `the final report of job ${fields.jobId} was not acknowledged, and stays on disk: ${messageOf(error)}`,
    );
    return false;
  }
}
