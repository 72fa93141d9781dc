import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { publishedFile } from '../../support/published-data.ts';

const schema = publishedFile('uws/UWS-v1.1.xsd');
const hasLint = spawnSync('xmllint', ['--version'], { stdio: 'ignore' }).status === 0;
/** Why documents cannot be validated on this machine; undefined = they can. */
export const withoutSchema =
  schema !== undefined && hasLint
    ? undefined
    : 'it needs xmllint, and uws/UWS-v1.1.xsd below ORRERY_TEST_DATA';

/** Is the document valid after the published schema of UWS 1.1? */
export function demandValid(document: string): void {
  const lint = spawnSync('xmllint', ['--noout', '--nonet', '--schema', schema ?? '', '-'], {
    input: document,
  });
  expect(lint.stderr.toString()).toBe('- validates\n');
}
