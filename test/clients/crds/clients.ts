import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { affectedResult } from '../../../server/src/crds/affected/affected.ts';
import { recordedSteps } from '../../conformance/crds/transcript.ts';
import { fillAsRecorded } from '../../support/crds-published.ts';
import { publishedFile } from '../../support/published-data.ts';
import { pythonEnvironment } from '../../support/python.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import type { Client } from '../run.ts';
import { publicationClients } from './publication.ts';
import { aServer, type RunningServer } from './server.ts';
import { runSession } from './session.ts';

/** The release of the published recordings, with what was current then, and the newest. */
const releases: ReadonlyArray<readonly [release: string, packages: readonly string[]]> = [
  ['13.2.7', ['crds==13.2.7', 'astropy==5.2.2', 'numpy==1.26.4']],
  ['14', ['crds>=14,<15']],
];

/** The crds package against a server that holds what that of the published recordings held. */
export async function* crdsClients(): AsyncGenerator<Client> {
  yield* publicationClients(releases);
  const archive = publishedFile('crds/mappings.tar.gz');
  const steps = archive === undefined ? undefined : recordedSteps('the crds package');
  if (archive === undefined || steps === undefined) {
    const fault = 'crds/mappings.tar.gz and the recordings are not below ORRERY_TEST_DATA';
    yield { name: 'package', fault, seconds: 0, skipped: { isExcused: false } };
    return;
  }
  const { folder, remove } = await scratchFolder('clients');
  let server: RunningServer | undefined;
  try {
    server = await aServer(path.join(folder, 'data'));
    const source = path.join(folder, 'source');
    await mkdir(source);
    const ids = steps.find(({ step }) => step === 'dataset_ids')?.http[1]?.response_body ?? '';
    const [dataset] = Object.entries((JSON.parse(ids) as { result: object }).result);
    if (dataset === undefined) throw new Error('the recording has no dataset');
    await fillAsRecorded(server.core, archive, source, dataset);
    await affectedIsKnown(server);
    const { address } = server;
    // Side by side: most of the time Python starts, on one processor.
    const running = releases.map(([release, packages]) =>
      session(release, packages, address, path.join(folder, release), steps).catch(
        (error: unknown): Client => ({ name: release, fault: String(error), seconds: 0 }),
      ),
    );
    for (const one of running) yield await one;
  } finally {
    await server?.stop();
    await remove();
  }
}

async function affectedIsKnown({ core }: RunningServer): Promise<void> {
  const until = performance.now() + 60_000;
  for (;;) {
    try {
      await affectedResult(core, 'hst', 'hst_0299.pmap', 'hst_0300.pmap');
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function session(
  release: string,
  packages: readonly string[],
  address: string,
  folder: string,
  steps: Parameters<typeof runSession>[2],
): Promise<Client> {
  let python: string;
  try {
    python = await pythonEnvironment(`crds-${release}`, packages);
  } catch (error) {
    const fault = `python3 with venv and PyPI are needed: ${String(error)}`;
    return { name: release, fault, seconds: 0, skipped: { isExcused: false } };
  }
  const startedAt = performance.now();
  const faults = await runSession({ python, release, address, folder }, process.stdout, steps);
  const seconds = (performance.now() - startedAt) / 1000;
  return { name: release, fault: faults.length === 0 ? null : faults.join('; '), seconds };
}
