import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { pythonEnvironment } from './python.ts';

/** Its first start compiles some thousand modules. */
const startMs = 180_000;

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
    return await launch(await pythonEnvironment('moto', ['moto[server]>=5.2,<6']));
  } catch (error) {
    const why = `no S3 server: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
    if (process.env.CI === 'true') throw new Error(why, { cause: error });
    return why;
  }
}

async function launch(python: string): Promise<S3Server> {
  const port = await freePort();
  const child = spawn(python, ['-c', program, '-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH ?? '' },
  });
  const origin = `http://127.0.0.1:${port}`;
  const stop = () => end(child);
  for (const deadline = Date.now() + startMs; ; await pause(50)) {
    if (child.exitCode !== null) throw new Error(`moto ended with ${child.exitCode}`);
    const answer = await fetch(`${origin}/moto-api/`, { signal: AbortSignal.timeout(1000) }).catch(
      () => null,
    );
    if (answer?.ok === true) return { origin, stop };
    if (Date.now() < deadline) continue;
    await stop();
    throw new Error(`moto did not answer within ${startMs / 1000} s`);
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
