import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { setContext } from '../../../server/src/crds/contexts/set-context.ts';
import { importFolder } from '../../../server/src/crds/import/import.ts';
import { putObservatory } from '../../../server/src/crds/observatory/observatory.ts';
import { publishObservatory } from '../../../server/src/crds/publish/index.ts';
import { referenceBytes, writeCache } from '../../support/crds-folder.ts';
import { pythonEnvironment } from '../../support/python.ts';
import type { Client } from '../run.ts';
import { aServer, type RunningServer } from './server.ts';

const run = promisify(execFile);
const timeoutMs = 120_000;
const actor = { name: 'test' };
const observatory = 'hst';

/** What is asked of the library; it prints one line for each. */
const questions = `
import crds, hashlib
from crds.core import heavy_client, config
header = {"INSTRUME": "ACS", "DETECTOR": "WFC", "DATE-OBS": "2012-01-02", "TIME-OBS": "00:00:00"}
print(heavy_client.get_context_name("hst"))
places = crds.getreferences(header, reftypes=["darkfile"], observatory="hst")
print(places["darkfile"])
print(hashlib.sha256(open(places["darkfile"], "rb").read()).hexdigest())
print(crds.getrecommendations(header, reftypes=["darkfile"], context="hst_0001.pmap", observatory="hst")["darkfile"])
print(config.get_crds_ref_subdir_mode("hst"))
print(",".join(sorted(heavy_client.get_config_info("hst").bad_files_set)))
`;

import { scratchFolder } from '../../support/scratch-folder.ts';

type Layout = 'instrument' | 'flat';

/** The crds package as it is used on a cluster: a published folder that it may only read, and no server. */
export async function* publicationClients(
  releases: ReadonlyArray<readonly [release: string, packages: readonly string[]]>,
): AsyncGenerator<Client> {
  const { folder, remove } = await scratchFolder('clients');
  let server: RunningServer | undefined;
  try {
    server = await aServer(path.join(folder, 'data'));
    for (const layout of ['instrument', 'flat'] as const) {
      const shared = await publishFolder(server, folder, layout);
      for (const [release, packages] of releases) {
        const startedAt = performance.now();
        const fault = await withRelease(release, packages, (python) => readPublished(python, shared, layout));
        yield {
          name: `publication ${layout} ${release}`,
          seconds: (performance.now() - startedAt) / 1000,
          ...fault,
        };
      }
      await setWriting(shared, true);
    }
  } finally {
    await server?.stop();
    await remove();
  }
}

async function withRelease(
  release: string,
  packages: readonly string[],
  read: (python: string) => Promise<string | null>,
): Promise<Pick<Client, 'fault' | 'skipped'>> {
  let python: string;
  try {
    python = await pythonEnvironment(`crds-${release}`, packages);
  } catch (error) {
    return {
      fault: `python3 with venv and PyPI are needed: ${String(error)}`,
      skipped: { isExcused: false },
    };
  }
  return { fault: await read(python).catch((error: Error) => error.message) };
}

/** A server that publishes two contexts of a small observatory into a folder that nobody can write to afterwards. */
async function publishFolder({ core }: RunningServer, folder: string, layout: Layout): Promise<string> {
  const cache = path.join(folder, `cache-${layout}`);
  const shared = path.join(folder, `shared-${layout}`);
  await writeCache(cache, { serials: [1, 2], observatory });
  await putObservatory(
    core,
    { observatory, settings: { publish: { folder: shared, layout, references: 'all' } } },
    actor,
  );
  await importFolder(core, { folder: cache, observatory, references: 'copy' }, actor);
  const wish = { observatory, kind: 'latest', context: 'hst_0002.pmap', description: 'published' } as const;
  await setContext(core, wish, actor);
  const done = await publishUntilThere(core);
  if (done.outcome !== 'published') throw new Error(done.problem);
  await setWriting(shared, false);
  return shared;
}

/** The server publishes by itself as well, one at a time. */
async function publishUntilThere(core: RunningServer['core']) {
  for (;;) {
    const done = await publishObservatory(core, observatory);
    if (done.outcome !== 'busy') return done;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function setWriting(folder: string, isAllowed: boolean): Promise<void> {
  await chmod(folder, isAllowed ? 0o755 : 0o555);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await setWriting(path.join(folder, entry.name), isAllowed);
  }
}

/** Reads the folder with the real client, which has no server to ask. Returns what was wrong; null when nothing was. */
async function readPublished(python: string, shared: string, layout: Layout): Promise<string | null> {
  const { stdout } = await run(python, ['-W', 'ignore', '-c', questions], {
    timeout: timeoutMs,
    env: {
      PATH: process.env.PATH,
      HOME: shared,
      CRDS_PATH: shared,
      CRDS_MODE: 'local',
      CRDS_READONLY_CACHE: '1',
      CRDS_OBSERVATORY: observatory,
      CRDS_SERVER_URL: 'https://crds-serverless-mode.example.org',
    },
  });
  const name = 'hst_acs_darkfile_1002.fits';
  const place = layout === 'flat' ? `references/hst/${name}` : `references/hst/acs/${name}`;
  const expected = [
    'hst_0002.pmap',
    path.join(shared, place),
    createHash('sha256').update(referenceBytes(name)).digest('hex'),
    'hst_acs_darkfile_1001.fits',
    layout,
    '',
  ];
  const found = stdout.split('\n').slice(0, expected.length);
  const wrong = expected.filter((line, n) => found[n] !== line);
  return wrong.length === 0
    ? null
    : `the client read ${JSON.stringify(found)} instead of ${JSON.stringify(wrong)}`;
}
