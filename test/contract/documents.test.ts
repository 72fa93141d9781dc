import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fitsFile } from '../support/fits.ts';
import { cleanEnvironment, main, root, type ServedProcess, serve } from '../support/orrery.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = await temporaryFolder();
const data = path.join(folder, 'data');
let server: ServedProcess;

beforeAll(async () => {
  await writeFile(
    path.join(folder, 'image.fits'),
    fitsFile({ bitpix: -32, width: 64, height: 48, stored: (x, y) => x * y }),
  );
  server = await serve(['--port', '0', '--data', data]);
});
afterAll(async () => {
  await server.stop();
});

/** What a reader of a page has before the first command: the file the page shows, an account, old definitions. */
const given: Record<string, readonly string[]> = {
  'docs/how-to/define-a-uws-service.md': [
    `cat > scale-image.yaml <<'END'\n${firstBlock('docs/how-to/define-a-uws-service.md', 'yaml')}END`,
    `mkdir -p var/jdl/votable && cp "${root}"/test/fixtures/uws/*_vot.xml var/jdl/votable/`,
    'npx orrery user add bob --role user',
  ],
};

function firstBlock(page: string, language: string): string {
  const text = readFileSync(path.join(root, page), 'utf8');
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(text)?.[1] ?? '';
}

/** The shell blocks of a page, in order; blocks that start a server or run the tests are left to other suites. */
function commandsOf(page: string): string[] {
  const text = readFileSync(path.join(root, page), 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .map(([, block]) => block ?? '')
    .filter((block) => !/^npm (start|test)/m.test(block));
}

/** Runs the blocks as one script, as a reader would type them: `npx orrery` is ours, the address the test server's. */
function runAsReader(blocks: readonly string[]): { status: number | null; output: string } {
  const script = ['set -eu -o pipefail', `npx() { shift; "${process.execPath}" "${main}" "$@"; }`, ...blocks]
    .join('\n')
    .replaceAll('http://127.0.0.1:8080', server.address);
  const result = spawnSync('bash', ['-c', script], {
    cwd: folder,
    // Commands that ask a server look for one at the usual address, which is this one's here.
    env: cleanEnvironment({ ORRERY_DATA: data, ORRERY_URL: server.address }),
    encoding: 'utf8',
    timeout: 100_000,
  });
  return { status: result.status, output: result.stdout + result.stderr };
}

test.each([
  'README.md',
  'docs/tutorials/first-uws-job.md',
  'docs/how-to/define-a-uws-service.md',
  'docs/how-to/run-jobs-from-the-shell.md',
  'docs/how-to/submit-panda-jobs.md',
  'docs/how-to/run-a-pilot.md',
  'docs/how-to/retry-rules.md',
  'docs/how-to/serve-crds-clients.md',
  'docs/how-to/put-a-context-in-force.md',
  'docs/explanation/how-best-references-are-found.md',
])('the commands of %s work as they are written', (page) => {
  const blocks = commandsOf(page);
  expect(blocks.length).toBeGreaterThan(0);
  const { status, output } = runAsReader([...(given[page] ?? []), ...blocks]);
  expect(output).not.toMatch(/HTTP\/1\.1 [45]\d\d/);
  expect([status, output]).toEqual([0, expect.any(String)]);
});

test('links between the pages lead somewhere', () => {
  const missing: string[] = [];
  for (const page of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md']) {
    for (const [, target] of readFileSync(path.join(root, page), 'utf8').matchAll(/\]\(([^)#:]+)\)/g)) {
      try {
        readFileSync(path.join(root, target ?? ''));
      } catch {
        missing.push(`${page}: ${target}`);
      }
    }
  }
  expect(missing).toEqual([]);
});
