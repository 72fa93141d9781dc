import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe } from 'vitest';
import { computeSuite } from '../../../../../test/conformance/compute.suite.ts';
import { testDatabase } from '../../../../../test/support/database.ts';
import { silentLog } from '../../log.ts';
import { createCompute } from '../index.ts';

const db = await testDatabase();
const dataDir = await mkdtemp(path.join(tmpdir(), 'orrery-compute-'));
const compute = createCompute({
  db,
  log: silentLog,
  dataDir,
  processId: `test:0:conformance`,
  local: { slots: 4, allowUnisolated: true, network: 'open', firstUid: 61_000, graceSeconds: 2 },
});
await compute.start();
afterAll(async () => {
  await compute.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const [report] = await compute.backends();
describe(`local runs, isolation ${report?.isolation}, namespaces ${report?.namespaces}`, () => {
  computeSuite({ db, compute, backend: 'local', patienceSeconds: 15 });
});
