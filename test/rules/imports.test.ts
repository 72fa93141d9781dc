import { expect, test } from 'vitest';
import { brokenRule, importsOf, readImports } from './imports.ts';

test('every import of the server keeps the rules', () => {
  const imports = readImports();
  expect(imports.length).toBeGreaterThan(100);
  const broken = imports.flatMap((one) => {
    const rule = brokenRule(one);
    return rule === undefined ? [] : [`${one.from} → ${one.to}: ${rule}`];
  });
  expect(broken).toEqual([]);
});

test.each([
  ['uws/jobs/jobs.ts', "import { x } from '../../scan/index.ts';"],
  ['uws/jobs/jobs.ts', "import { x } from '../../compose.ts';"],
  ['uws/jobs/jobs.ts', "import { x } from '../../core/db/connect.ts';"],
  ['uws/jobs/jobs.ts', "const x = await import('../../panda/index.ts');"],
  ['core/db/db.ts', "import { uws } from '../../uws/index.ts';"],
  ['core/db/db.ts', "import { x } from '../http/index.ts';"],
  ['core/queue/queue.ts', "export { x } from '../db/connect.ts';"],
  ['pilot/pilot.ts', "import { x } from '../core/errors.ts';"],
  ['pilot/pilot.ts', "import { Type } from 'typebox';"],
])('a planted fault in %s is found: %s', (from, text) => {
  expect(importsOf(from, text).map(brokenRule)).not.toContain(undefined);
});

test.each([
  ['uws/jobs/jobs.ts', "import { x } from '../../core/db/index.ts';"],
  ['core/queue/queue.ts', "import type { Core } from '../core.ts';"],
  ['compose.ts', "import { x } from './uws/index.ts';"],
  ['pilot/pilot.ts', "import { readFile } from 'node:fs/promises';"],
  ['cli/pilot.ts', "import { x } from '../pilot/pilot.ts';"],
])('what is allowed in %s passes: %s', (from, text) => {
  expect(importsOf(from, text).map(brokenRule)).toEqual([undefined]);
});
