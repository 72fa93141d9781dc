import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { leaveOut, publishedFile } from '../../support/published-data.ts';

/** The lines of a published file of cases; undefined (and said by name) when it is not there. */
export function publishedCases<T>(suite: string, name: string): T[] | undefined {
  const file = publishedFile(`crds/${name}`);
  if (file === undefined) {
    leaveOut(suite, `crds/${name} is not below ORRERY_TEST_DATA`);
    return undefined;
  }
  const bytes = readFileSync(file);
  const text = name.endsWith('.gz') ? gunzipSync(bytes).toString('utf8') : bytes.toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
