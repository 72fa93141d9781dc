import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { referencePages } from '../../tools/reference.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test.each([...(await referencePages())])(
  '%s says what the code says (node tools/reference.ts writes it anew)',
  (name, text) => {
    expect(readFileSync(path.join(root, name), 'utf8')).toBe(text);
  },
);

test('the pages are not empty', async () => {
  const [settings = '', errors = '', methods = ''] = (await referencePages()).values();
  expect(settings).toContain('`ORRERY_DATABASE_URL`');
  expect(errors).toContain('`auth.token-expired`');
  expect(methods).toContain('| `pilot/acquire_jobs` | POST |');
});

test('every legacy method of PanDA is described (tools/panda-legacy-notes.ts)', async () => {
  const page = (await referencePages()).get('docs/reference/panda-methods.md');
  expect(page?.split('\n').filter((row) => row.includes('not described'))).toEqual([]);
});
