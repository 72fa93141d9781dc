import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aRequest, ended, printed } from '../../../../../test/conformance/compute.suite.ts';
import { testConnection, testDatabase } from '../../../../../test/support/database.ts';
import { eventually } from '../../../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { silentLog } from '../../log.ts';
import { type Compute, createCompute } from '../index.ts';
import { makePlaces, RunPlaces } from './folder.ts';
import { preventStart } from './supervisor.ts';

const db = await testDatabase();
const dataDir = await temporaryFolder('adoption');
const [{ name }] = await db.sql<[{ name: string }]>`select current_database() as name`;
const fixture = fileURLToPath(new URL('../fixtures/server.ts', import.meta.url));
const local = {
  slots: 4,
  allowUnisolated: true,
  network: 'open' as const,
  firstUid: 63_300,
  graceSeconds: 1,
};
let servers: ChildProcess[] = [];
let computes: Compute[] = [];

afterEach(async () => {
  for (const server of servers) server.kill('SIGKILL');
  await Promise.all(computes.map((compute) => compute.stop()));
  servers = [];
  computes = [];
});

/** A process of its own that executes runs. */
async function startServer(extra: number[] = []): Promise<ChildProcess> {
  const settings = {
    connection: testConnection(name),
    dataDir,
    processId: `${hostname()}:PID:doomed`,
    slots: 4,
  };
  const server = spawn(process.execPath, [fixture, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit', ...Array.from({ length: 37 }, () => 'ignore' as const), ...extra],
  });
  servers.push(server);
  await once(server.stdout as NodeJS.ReadableStream, 'data');
  return server;
}

async function kill(server: ChildProcess): Promise<void> {
  server.kill('SIGKILL');
  if (server.signalCode === null) await once(server, 'exit');
}

/** This process as a server; `watching` makes it execute and adopt runs. */
async function thisServer(watching = true): Promise<Compute> {
  const compute = createCompute({
    db,
    log: silentLog,
    dataDir,
    processId: `${hostname()}:${process.pid}:heir`,
    local,
  });
  computes.push(compute);
  if (watching) await compute.start();
  return compute;
}

let observer: Compute;
const it = {
  db,
  backend: 'local',
  patienceSeconds: 15,
  get compute() {
    return observer;
  },
};
beforeEach(async () => {
  observer = await thisServer(false);
});

async function submit(script: string): Promise<string> {
  const runId = await db.transaction((tx) => observer.submit(tx, aRequest('local', script)));
  return runId;
}

function controlFile(runId: string, file: string): string {
  return path.join(dataDir, 'compute/runs', runId, 'control', file);
}

test('a run that still goes on is taken over and ends in its true state', async () => {
  const doomed = await startServer();
  const runId = await submit('echo before; sleep 1; echo after; exit 5');
  await printed(it, runId, /before/);
  await kill(doomed);
  const heir = await thisServer();
  expect((await heir.state(runId)).state).toBe('running');
  const run = await ended(it, runId);
  expect(run.exit).toMatchObject({ code: 5, reason: 'exited' });
  expect(await printed(it, runId, /after/)).toBe('before\nafter\n');
});

test('the end of a run that ended while no server was up is read from its file', async () => {
  const doomed = await startServer();
  const runId = await submit('echo up; sleep 0.5; exit 7');
  await printed(it, runId, /up/);
  await kill(doomed);
  await eventually(() => expect(existsSync(controlFile(runId, 'exit'))).toBe(true));
  const exitAt = Date.now();
  await thisServer();
  const run = await ended(it, runId);
  expect(run.exit).toMatchObject({ code: 7, reason: 'exited' });
  expect((run.endedAt as Date).getTime()).toBeLessThanOrEqual(exitAt);
});

test('the time limit holds while no server is up', async () => {
  const doomed = await startServer();
  const limits = { memoryMb: 256, processes: 16, wallSeconds: 1, outputMb: 8 };
  const runId = await db.transaction((tx) =>
    observer.submit(tx, aRequest('local', 'echo up; sleep 3333', { limits })),
  );
  await printed(it, runId, /up/);
  await kill(doomed);
  await eventually(() => expect(existsSync(controlFile(runId, 'exit'))).toBe(true));
  await thisServer();
  expect((await ended(it, runId)).exit?.reason).toBe('time-limit');
});

test('a run cancelled while no server is up is ended by the next one', async () => {
  const doomed = await startServer();
  const runId = await submit('echo up; sleep 3333');
  await printed(it, runId, /up/);
  await kill(doomed);
  await observer.cancel(runId, 'not needed');
  expect((await observer.state(runId)).state).toBe('ending');
  await thisServer();
  expect((await ended(it, runId)).exit).toMatchObject({
    reason: 'cancelled',
    message: 'Was cancelled: not needed.',
  });
});

test('a run that ignores the request ends at once when no time is left to it', async () => {
  const patient = createCompute({
    db,
    log: silentLog,
    dataDir,
    processId: `${hostname()}:${process.pid}:patient`,
    local: { ...local, graceSeconds: 600 },
  });
  computes.push(patient);
  await patient.start();
  const runId = await submit('trap "" TERM; echo up; sleep 3333 & while :; do wait; sleep 1; done');
  await printed(it, runId, /up/);
  await observer.cancel(runId, 'softly');
  await eventually(async () => expect((await observer.state(runId)).why).toContain('ten seconds'));
  await observer.cancel(runId, 'now', undefined, true);
  expect((await observer.state(runId)).why).toBe('Is being stopped: softly.');
  expect((await ended(it, runId)).exit).toMatchObject({ reason: 'cancelled', signal: 'SIGKILL' });
});

test('a run is ended on its host while no server is up, and the next one tells how', async () => {
  const doomed = await startServer();
  const runId = await submit('echo up; sleep 3333');
  await printed(it, runId, /up/);
  await kill(doomed);
  expect(await observer.haltHere([runId])).toEqual([]);
  await observer.cancel(runId, 'not needed');
  expect(await observer.haltHere([runId, 'unknown'])).toEqual([runId]);
  await eventually(async () => expect(existsSync(controlFile(runId, 'exit'))).toBe(true), 15_000);
  await thisServer();
  expect((await ended(it, runId)).exit).toMatchObject({ reason: 'cancelled' });
});

test('a run whose supervisor was killed is lost, and nothing of it is left', async () => {
  const doomed = await startServer();
  const runId = await submit('echo up; setsid sleep 4444 & sleep 4444');
  await printed(it, runId, /up/);
  await kill(doomed);
  const [pid] = (await readFile(controlFile(runId, 'supervisor'), 'utf8')).split(' ');
  process.kill(Number(pid), 'SIGKILL');
  await thisServer();
  expect((await ended(it, runId)).exit).toMatchObject({ code: null, signal: null, reason: 'lost' });
  await eventually(async () => expect(await processesWith('sleep\x004444')).toEqual([]));
});

/** A run that a server claimed and was killed before it started it. */
async function claimedRun(command: string): Promise<{ runId: string; places: RunPlaces }> {
  const runId = await submit(command);
  await db.sql`update core.compute_run set state = 'starting', host = ${await hostKey()}, slot = 0, folder = run_id,
    attempt = 1, claimed_by = 'gone:1:x', lease_until = clock_timestamp() - interval '1 second' where run_id = ${runId}`;
  return { runId, places: new RunPlaces(path.dirname(path.dirname(controlFile(runId, 'begun')))) };
}

test.each(['once', 'once, after a server that was killed while it took it back'])(
  'a run that was claimed but never started is started %s',
  async (how) => {
    const { runId, places } = await claimedRun('echo once');
    if (how !== 'once') expect(await preventStart(places)).toBe(true);
    await thisServer();
    const run = await ended(it, runId);
    expect(run.exit).toMatchObject({ code: 0, reason: 'exited' });
    expect(await printed(it, runId, /once/)).toBe('once\n');
    // The process that claimed it was only stalled: when it wakes up it finds its place taken.
    await expect(makePlaces(places, null)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(mkdir(path.join(places.control, 'begun'))).rejects.toMatchObject({ code: 'EEXIST' });
  },
);

test('a supervisor that comes too late does not start a run a second time', async () => {
  const runId = await submit('echo once >>/tmp/x; cat /tmp/x');
  const heir = await thisServer();
  expect((await ended(it, runId)).exit?.code).toBe(0);
  const late = spawn('/bin/sh', [
    fileURLToPath(new URL('./supervise.sh', import.meta.url)),
    path.dirname(path.dirname(controlFile(runId, 'exit'))),
    'x',
  ]);
  const [code] = await once(late, 'exit');
  expect(code).toBe(0);
  expect((await heir.readLog(runId, 'stdout', 0, 100)).bytes.toString()).toBe('once\n');
});

test('a server that stops gracefully leaves its runs going, and the next takes them at once', async () => {
  const first = await thisServer();
  const runId = await submit('echo up; sleep 0.7; exit 6');
  await printed(it, runId, /up/);
  await first.stop();
  await db.sql`update core.compute_run set claimed_by = 'other:1:x' where run_id = ${runId}`;
  await thisServer();
  expect((await ended(it, runId)).exit?.code).toBe(6);
});

test('a descriptor that the server itself inherited does not reach a run', async () => {
  const secret = path.join(dataDir, 'secret');
  await writeFile(secret, 'geheim');
  const handle = await open(secret, 'r');
  await startServer([handle.fd]);
  const runId = await submit('for f in /proc/$$/fd/*; do readlink "$f"; done | sort -u | tr "\\n" " "');
  await ended(it, runId);
  const { bytes } = await observer.readLog(runId, 'stdout', 0, 10_000);
  await handle.close();
  expect(bytes.toString()).toContain('/dev/null');
  expect(bytes.toString()).not.toContain('secret');
});

async function hostKey(): Promise<string> {
  const [row] = await db.sql<{ host: string }[]>`select host from core.compute_backend limit 1`;
  return row?.host ?? '';
}

async function processesWith(words: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of (await readdir('/proc')).filter((pid) => /^\d+$/.test(pid))) {
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(words)) found.push(entry);
  }
  return found;
}
