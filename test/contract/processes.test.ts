import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { orrery, type ServedProcess, serve } from '../support/orrery.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = await temporaryFolder();
const token = 'preset-token-of-the-process-test';
const bearer = { headers: { authorization: `Bearer ${token}` } };
const port = await freePort();
let server: ServedProcess;
const start = () =>
  serve(['--port', String(port), '--data', folder, '--web-processes', '3'], { ORRERY_ADMIN_TOKEN: token });

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: free } = probe.address() as { port: number };
  probe.close();
  return free;
}

/** Processes that have written their row and still renew it. */
async function pids(): Promise<number[]> {
  const rows = (await (await fetch(`${server.address}/api/core/processes`, bearer)).json()) as Array<{
    pid: number;
    state: string;
  }>;
  return rows.filter(({ state, pid }) => state === 'online' && isAlive(pid)).map(({ pid }) => pid);
}

function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server.stop();
});

test('three processes share a port, and the ready line is printed once', async () => {
  await eventually(async () => expect(await pids()).toHaveLength(3));
  expect(server.output.stdout).toBe(`Orrery is ready at http://127.0.0.1:${port}\n`);
  expect(server.output.stderr.match(/one-time password/g)).toHaveLength(1);
});

test('another installation is not let onto the shared port', async () => {
  const other = await temporaryFolder();
  const args = ['serve', '--port', String(port), '--data', other];
  for (const more of [['--web-processes', '2'], []]) {
    const second = await orrery([...args, ...more]);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(`Port ${port}`) });
  }
});

test('port 0 cannot be shared and is refused with a sentence', async () => {
  const refused = await orrery(['serve', '--port', '0', '--web-processes', '2', '--data', folder]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--port') });
});

test('a process that is killed is started again, without a second ready line', async () => {
  const [first = 0] = await pids();
  process.kill(first, 'SIGKILL');
  await eventually(async () => {
    const present = await pids();
    expect(present).toHaveLength(3);
    expect(present).not.toContain(first);
  }, 30_000);
  expect(server.output.stdout.match(/ready/g)).toHaveLength(1);
});

test('a signal that a terminal gives to all and the supervisor passes on is one signal', async () => {
  const children = await pids();
  const ended = server.stop('SIGINT');
  for (const child of children) process.kill(child, 'SIGINT');
  expect(await ended).toBe(0);
  expect(children.filter(isAlive)).toEqual([]);
});

test('the processes end when their supervisor is killed', async () => {
  server = await start();
  await eventually(async () => expect(await pids()).toHaveLength(3));
  const children = await pids();
  await server.stop('SIGKILL');
  await eventually(() => expect(children.filter(isAlive)).toEqual([]), 30_000);
  server = await start();
});
