import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { aRequest, ended, printed, runToEnd } from '../../../../../test/conformance/compute.suite.ts';
import { testDatabase } from '../../../../../test/support/database.ts';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { silentLog } from '../../log.ts';
import { createCompute } from '../index.ts';

const db = await testDatabase();
const parent = await temporaryFolder('isolation');
await chmod(parent, 0o755);
const dataDir = path.join(parent, 'data');
await mkdir(dataDir, { mode: 0o700 });
const local = { slots: 2, allowUnisolated: false, network: 'open' as const, firstUid: 63_200 };
const compute = createCompute({ db, log: silentLog, dataDir, processId: 'test:0:isolation', local });
await compute.start();
const it = { db, compute, backend: 'local', patienceSeconds: 20 };
const isolation = (await compute.backends())[0]?.isolation;
const socket = await findSocket();
const intruder = await readFile(new URL('../fixtures/intruder.mjs', import.meta.url));
// The kernel keeps a process's environment as it was at its start: this test is one of those that have it.
const planted = 'ORRERY_TEST_DB';

afterAll(async () => {
  await compute.stop();
});

test('where a namespace or a user id is to be had, runs are isolated', () => {
  if (process.platform !== 'linux') return;
  expect(isolation, 'install util-linux or bring user namespaces back to see this').not.toBe('none');
});

test.skipIf(isolation === 'none')('a run reaches nothing of the server or of another run', async () => {
  const files = {
    'admin-password': 'admin-password',
    'postgres.password': 'postgres.password',
    blob: 'blobs/ab/abcd',
  };
  await mkdir(path.join(dataDir, 'blobs/ab'), { recursive: true });
  for (const file of Object.values(files))
    await writeFile(path.join(dataDir, file), 'secret', { mode: 0o600 });
  await chmod(path.join(dataDir, files.blob), 0o444);
  const asked = aRequest('local', 'echo secret >mine; chmod 666 mine; echo up; sleep 3333', {
    asAdmin: false,
  });
  const other = await db.transaction((tx) => compute.submit(tx, asked));
  await printed(it, other, /up/);
  const otherWork = path.join(dataDir, 'compute/runs', other, 'work');
  const question = {
    files: {
      ...Object.fromEntries(Object.entries(files).map(([name, file]) => [name, path.join(dataDir, file)])),
      'another run': path.join(otherWork, 'mine'),
      'its settings': path.join(dataDir, 'compute/runs', other, 'control/settings'),
    },
    folders: {
      data: dataDir,
      blobs: path.join(dataDir, 'blobs'),
      'another run': otherWork,
      home: process.env.HOME ?? '/root',
    },
    socket,
    serverPid: process.pid,
    planted,
  };
  const run = await runToEnd(
    it,
    aRequest('local', '', {
      command: [process.execPath, 'intruder.mjs', JSON.stringify(question)],
      inputs: [{ path: 'intruder.mjs', content: intruder }],
      limits: { memoryMb: 512, processes: 64, wallSeconds: 30, outputMb: 8 },
      asAdmin: false,
    }),
  );
  const { bytes } = await compute.readLog(run.runId, 'stdout', 0, 100_000);
  const { bytes: complaints } = await compute.readLog(run.runId, 'stderr', 0, 100_000);
  expect(run.exit?.code, complaints.toString()).toBe(0);
  const outcome = JSON.parse(bytes.toString()) as Record<string, string>;
  expect(Object.keys(outcome).length).toBeGreaterThan(20);
  expect(Object.entries(outcome).filter(([, got]) => got.startsWith('REACHED'))).toEqual([]);
  for (const file of Object.values(files))
    expect(await readFile(path.join(dataDir, file), 'utf8')).toBe('secret');
  await compute.cancel(other, 'seen');
  await ended(it, other);
});

test('the same attempts succeed where nothing isolates, so that the test above can fail', async () => {
  const folder = await temporaryFolder('bare', dataDir);
  await writeFile(path.join(folder, 'plain'), 'secret');
  const question = {
    files: { plain: path.join(folder, 'plain') },
    folders: { data: dataDir },
    socket,
    serverPid: process.pid,
    planted,
    harmless: true,
  };
  const script = fileURLToPath(new URL('../fixtures/intruder.mjs', import.meta.url));
  const { stdout } = spawnSync(process.execPath, [script, JSON.stringify(question)], { encoding: 'utf8' });
  const outcome = JSON.parse(stdout) as Record<string, string>;
  expect(Object.entries(outcome).filter(([, got]) => !got.startsWith('REACHED'))).toEqual([]);
  expect(Object.keys(outcome)).toContain('database socket');
});

test.skipIf(isolation === 'none')(
  'the user of a run has a name and a home in its own namespace',
  async () => {
    const [report] = await compute.backends();
    if (report?.namespaces !== true) return;
    const script = 'id -un; test "$(getent passwd "$(id -u)" | wc -l)" = 1 && grep -c ^root: /etc/passwd';
    const run = await runToEnd(it, aRequest('local', script, { asAdmin: false }));
    const { bytes } = await compute.readLog(run.runId, 'stdout', 0, 1000);
    const [name, roots] = bytes.toString().split('\n');
    expect(run.exit?.code).toBe(0);
    expect([name, roots]).toEqual([process.getuid?.() === 0 ? 'orrery-run' : userInfo().username, '1']);
  },
);

test.skipIf(isolation === 'none')('without network a run reaches nobody', async () => {
  const script = 'cat /proc/net/dev | grep -c :; ls /sys/class/net 2>/dev/null | wc -l';
  const run = await runToEnd(it, aRequest('local', script, { network: 'none', asAdmin: false }));
  // The loopback device, which is down, and nothing else.
  expect((await compute.readLog(run.runId, 'stdout', 0, 100)).bytes.toString()).toBe('1\n0\n');
});

test.skipIf(isolation === 'none')('a run may have no more processes than it is given', async () => {
  const limits = { memoryMb: 256, processes: 8, wallSeconds: 20, outputMb: 8 };
  const script = 'i=0; while [ $i -lt 30 ]; do sleep 5 & i=$((i+1)); done; echo all';
  const run = await runToEnd(it, aRequest('local', script, { limits, asAdmin: false }));
  expect((await compute.readLog(run.runId, 'stdout', 0, 100)).bytes.toString()).toBe('');
  expect((await compute.readLog(run.runId, 'stderr', 0, 1000)).bytes.toString()).toContain('fork');
});

test.skipIf(isolation === 'none')('a process that used its processor time is stopped', async () => {
  const limits = { memoryMb: 256, processes: 8, wallSeconds: 20, outputMb: 8, cpuSeconds: 1 };
  const run = await runToEnd(
    it,
    aRequest('local', 'exec sh -c "while :; do :; done"', { limits, asAdmin: false }),
  );
  expect(run.exit).toMatchObject({
    reason: 'time-limit',
    message: expect.stringContaining('processor time'),
  });
});

test.skipIf(isolation === 'none')('a readable path is seen and cannot be changed', async () => {
  const shown = await temporaryFolder('shown');
  await chmod(shown, 0o777);
  await writeFile(path.join(shown, 'table'), 'numbers');
  const script = `cat ${shown}/table; echo x >${shown}/table || echo refused; touch ${shown}/new || echo refused`;
  const run = await runToEnd(it, aRequest('local', script, { readable: [shown], asAdmin: false }));
  expect((await compute.readLog(run.runId, 'stdout', 0, 100)).bytes.toString()).toBe(
    'numbersrefused\nrefused\n',
  );
});

test.skipIf(isolation === 'none')(
  'the data folder stays hidden when it lies in a folder that is shown',
  async () => {
    await writeFile(path.join(dataDir, 'plain'), 'secret', { mode: 0o644 });
    const script = `ls -A ${dataDir}; cat ${dataDir}/plain; touch ${dataDir}/x; ls ${path.dirname(dataDir)} | wc -l`;
    const readable = [path.dirname(dataDir), path.join(dataDir, 'plain')];
    const run = await runToEnd(it, aRequest('local', script, { readable, asAdmin: false }));
    const { bytes } = await compute.readLog(run.runId, 'stdout', 0, 1000);
    expect(bytes.toString()).toMatch(/^[1-9]\d*\n$/);
    expect((await compute.readLog(run.runId, 'stderr', 0, 1000)).bytes.toString()).toContain('Read-only');
  },
);

test('where nothing isolates, only an administrator may run', async () => {
  await db.sql`insert into core.compute_backend (host, name, slots, isolation, namespaces, why)
               select 'bare', name, slots, 'none', false, why from core.compute_backend limit 1`;
  await db.sql`update core.compute_backend set seen_at = now() - interval '1 hour' where host <> 'bare'`;
  const web = createCompute({ db, log: silentLog, dataDir, processId: 'test:0:web', local });
  const refused = db.transaction((tx) => web.submit(tx, aRequest('local', 'true', { asAdmin: false })));
  await expect(refused).rejects.toMatchObject({ kind: 'forbidden', code: 'compute.isolation-none' });
  const runId = await db.transaction((tx) => web.submit(tx, aRequest('local', 'true', { asAdmin: true })));
  expect((await web.state(runId)).state).toBe('queued');
});

/** Of the embedded server; an external one may have none here, and then a socket in the data folder stands for it. */
async function findSocket(): Promise<string> {
  const { socketDir } = JSON.parse(process.env.ORRERY_TEST_DB ?? '{}') as { socketDir?: string };
  if (socketDir !== undefined) return path.join(socketDir, '.s.PGSQL.5432');
  const folder = path.join(dataDir, 'run');
  await mkdir(folder, { mode: 0o700 });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path.join(folder, '.s.PGSQL.5432'), resolve));
  server.unref();
  return path.join(folder, '.s.PGSQL.5432');
}
