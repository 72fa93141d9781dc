import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ComputeUnderTest, computeSuite } from '../../../../../test/conformance/compute.suite.ts';
import { testDatabase } from '../../../../../test/support/database.ts';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { silentLog } from '../../log.ts';
import { createCompute } from '../index.ts';
import { isolatingModes, type Mode } from './isolation.ts';

const db = await testDatabase();

// Without namespaces the end of a run kills all of its uid: the range may be nobody else's at the same time.
const firstUid = 63_000;

/** Each way to run that this host has, the worst included. */
const ways: Mode[][] = [...isolatingModes().map((mode) => [mode]), []];

describe.each(ways.map((modes) => [modes[0] ?? 'none', modes] as const))('local runs, %s', (name, modes) => {
  const it = { db, backend: 'local', patienceSeconds: 15 } as ComputeUnderTest;
  let dataDir = '';
  beforeAll(async () => {
    dataDir = await temporaryFolder('compute');
    // Without namespaces a run of another uid goes through the data folder to its own.
    await chmod(dataDir, 0o711);
    it.compute = createCompute({
      db,
      log: silentLog,
      dataDir,
      processId: `test:0:${name}`,
      local: { slots: 4, allowUnisolated: true, network: 'open', firstUid, graceSeconds: 2, modes },
    });
    await it.compute.start();
  });
  afterAll(async () => {
    await it.compute.stop();
  });

  test('this way works here', async () => {
    const why = (await it.compute.backends()).find(({ host }) => host.includes(dataDir))?.why ?? '';
    expect(why).not.toContain('Tried without success');
  });

  computeSuite(it);
});
