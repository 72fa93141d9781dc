import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AnswerFields } from './wire.ts';

/** What is known of a job while it is worked on, for whoever finds it after the pilot was killed. */
export interface JobRecord {
  jobId: string;
  attempt: number;
  /** What every report says besides. */
  about: AnswerFields;
  payload: { pid: number; start: string; mark: string } | null;
}

const name = 'record.json';

export async function writeRecord(folder: string, record: JobRecord): Promise<void> {
  const file = path.join(folder, name);
  await writeFile(`${file}.new`, JSON.stringify(record));
  await rename(`${file}.new`, file);
}

export async function findRecord(folder: string): Promise<JobRecord | null> {
  try {
    return JSON.parse(await readFile(path.join(folder, name), 'utf8')) as JobRecord;
  } catch {
    return null;
  }
}
