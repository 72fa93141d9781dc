import { hostname } from 'node:os';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { aRequest, ended } from '../../../../../test/conformance/compute.suite.ts';
import { testDatabase } from '../../../../../test/support/database.ts';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { silentLog } from '../../log.ts';
import { createCompute } from '../index.ts';

const db = await testDatabase();
const dataDir = await temporaryFolder('away');

test('a run whose start met a database that was away for a moment is started again', async () => {
  let asked = 0;
  const compute = createCompute({
    db,
    log: silentLog,
    dataDir,
    processId: `${hostname()}:${process.pid}:away`,
    local: { slots: 1, allowUnisolated: true, network: 'open', firstUid: 63_800 },
    files: {
      link: () => Promise.reject(new Error('not asked for')),
      async open() {
        if (asked++ === 0) {
          throw Object.assign(new Error('the database system is not yet accepting connections'), {
            code: '57P03',
          });
        }
        return { stream: Readable.from(['hello']), sizeBytes: 5, range: { start: 0, end: 4 } };
      },
    },
  });
  await compute.start();
  const runId = await db.transaction((tx) =>
    compute.submit(
      tx,
      aRequest('local', 'cat greeting; exit 3', {
        inputs: [{ path: 'greeting', content: { sha256: 'a'.repeat(64), namespace: 'result' } }],
      }),
    ),
  );
  const run = await ended({ db, compute, backend: 'local', patienceSeconds: 15 }, runId);
  expect(run.exit).toMatchObject({ code: 3, reason: 'exited' });
  expect((await compute.readLog(runId, 'stdout', 0, 100)).bytes.toString()).toBe('hello');
  await compute.stop();
});
