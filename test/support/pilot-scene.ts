import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { FakeServer } from './pilot-server.ts';
import { temporaryFolder } from './temporary-folder.ts';

const program = fileURLToPath(new URL('../../server/src/pilot/main.ts', import.meta.url));
const cleanUp: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

/** A server in memory, a folder for pilots, and a storage. */
export interface Scene {
  server: FakeServer;
  folder: string;
  storage: string;
  start(...flags: string[]): Started;
}

export interface Started {
  child: ChildProcess;
  ended: Promise<number | NodeJS.Signals | null>;
  log(): string;
}

/** A scene of one test, removed after it with all its pilots. */
export async function aScene(): Promise<Scene> {
  const folder = await temporaryFolder('pilot');
  const storage = await temporaryFolder('storage');
  const server = await FakeServer.start(`${storage}/`);
  cleanUp.push(() => server.stop());
  await writeFile(path.join(folder, 'token'), 'a-token');
  return { server, folder, storage, start: (...flags) => startPilot(server, folder, flags) };
}

function startPilot(server: FakeServer, folder: string, flags: string[]): Started {
  const args = ['--server', server.address, '--queue', 'LOCALTEST', '--work', path.join(folder, 'work')];
  const rest = ['--token-file', path.join(folder, 'token'), '--origin', 'local.pilot', '--poll', '0.05'];
  const child = spawn(process.execPath, [program, ...args, ...rest, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr?.on('data', (part: Buffer) => {
    text += part.toString();
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  cleanUp.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended, log: () => text };
}
