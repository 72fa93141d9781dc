import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Tests, and what stands beside them to help them. */
const sources = ['server/src/**/*.test.ts', 'contracts/**/*.test.ts', 'web/src/**/*.test.ts', 'test/**/*.ts'];
/** The two places that make folders, and remove them again. */
const allowed = ['test/support/scratch-folder.ts', 'test/rules/temporary-folders.test.ts'];

const makesBareFolder = (text: string) => /\bmkdtemp(Sync|Disposable|DisposableSync)?\b/.test(text);

/** A test that fails or is interrupted skips what it would have tidied up at its end: /tmp fills. */
test('tests make temporary folders by temporaryFolder only, which removes them', () => {
  const names = sources.flatMap((pattern) => globSync(pattern, { cwd: root }));
  expect(names.length).toBeGreaterThan(300);
  const bare = names.filter(
    (name) => !allowed.includes(name) && makesBareFolder(readFileSync(root + name, 'utf8')),
  );
  expect(bare).toEqual([]);
});

test('what only programs may use is not used by tests: they would have to remove it themselves', () => {
  const names = sources.flatMap((pattern) => globSync(pattern, { cwd: root }));
  const byHand = names.filter(
    (name) =>
      name.endsWith('.test.ts') &&
      !allowed.includes(name) &&
      /\bscratchFolder\(/.test(readFileSync(root + name, 'utf8')),
  );
  expect(byHand).toEqual([]);
});

test.each([
  "const folder = await mkdtemp(path.join(tmpdir(), 'x-'));",
  "const folder = fs.mkdtempSync('/tmp/x-');",
])('a planted fault is found: %s', (text) => {
  expect(makesBareFolder(text)).toBe(true);
});
