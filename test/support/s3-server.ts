import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url));
const environment = path.join(cache, 'moto');
const server = path.join(environment, 'bin', 'moto_server');

/** Ends itself when the pipe from this process closes, however that comes about. */
const program = `
import os, sys, threading
from moto.server import main
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
main()`;

export interface S3Server {
  /** Address of the server, without a bucket. */
  origin: string;
  stop(): Promise<void>;
}

/**
 * Starts moto's server, a real HTTP server that speaks S3, on a loopback port. It lives in a Python environment of
 * its own below .cache/, made at first use. Returns the reason as text when it cannot be had; with CI=true
 * that is an error.
 */
export async function startS3Server(): Promise<S3Server | string> {
  try {
    await install();
    return await launch();
  } catch (error) {
    const why = `no S3 server: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
    if (process.env['CI'] === 'true') throw new Error(why, { cause: error });
    return why;
  }
}

/** Built beside and renamed, so that a half-made environment is never used; two runs at once both end well. */
async function install(): Promise<void> {
  if (existsSync(server)) return;
  await mkdir(cache, { recursive: true });
  const beside = `${environment}-${process.pid}`;
  try {
    await run('python3', ['-m', 'venv', beside], { timeout: 60_000 });
    await run(
      path.join(beside, 'bin', 'python'),
      ['-m', 'pip', 'install', '--quiet', 'moto[server]>=5.2,<6'],
      {
        timeout: 300_000,
      },
    );
    await rename(beside, environment);
  } catch (error) {
    if (!existsSync(server)) throw error;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function launch(): Promise<S3Server> {
  const port = await freePort();
  // Not its own start script: that names the folder in which the environment was made.
  const child = spawn(
    path.join(environment, 'bin', 'python'),
    ['-c', program, '-H', '127.0.0.1', '-p', String(port)],
    { stdio: ['pipe', 'ignore', 'ignore'], env: { PATH: process.env['PATH'] ?? '' } },
  );
  const origin = `http://127.0.0.1:${port}`;
  const stop = () => end(child);
  for (const deadline = Date.now() + 30_000; ; await pause(50)) {
    if (child.exitCode !== null) throw new Error(`moto ended with ${child.exitCode}`);
    const answer = await fetch(`${origin}/moto-api/`, { signal: AbortSignal.timeout(1000) }).catch(
      () => null,
    );
    if (answer?.ok === true) return { origin, stop };
    if (Date.now() < deadline) continue;
    await stop();
    throw new Error('moto did not answer within 30 s');
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** A port of 127.0.0.1 where nobody listens at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
