import { type ChildProcess, fork } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { announce } from './cli/serve.ts';
import { AppError } from './core/errors.ts';
import { notListening } from './core/http/index.ts';
import type { Log } from './core/log.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

export interface SharedPort {
  host: string;
  port: number;
}

/** What a server process tells its supervisor once it answers. */
export interface ReadyMessage {
  ready: string;
  firstPassword?: string;
}

/**
 * Runs `count` server processes that share one port (SO_REUSEPORT) and starts again what dies, with a growing
 * pause. This process answers nothing itself. Signals to stop are passed on; it ends when all have ended.
 */
export async function superviseProcesses(count: number, at: SharedPort, log: Log): Promise<void> {
  await assertPortFree(at);
  const children = new Map<number, ChildProcess>();
  const pauses = new Set<NodeJS.Timeout>();
  const ready = new Set<number>();
  let announced = false;
  let firstPassword: string | undefined;
  let stopping = false;
  const ended = Promise.withResolvers<void>();

  function stop(signal: NodeJS.Signals): void {
    stopping = true;
    for (const pause of pauses) clearTimeout(pause);
    for (const child of children.values()) child.kill(signal);
    if (children.size === 0) ended.resolve();
  }

  function start(slot: number, pauseMs: number): void {
    const startedAt = Date.now();
    const child = fork(main, process.argv.slice(2), { stdio: 'inherit' });
    children.set(slot, child);
    child.once('message', (message: ReadyMessage) => {
      ready.add(slot);
      firstPassword ??= message.firstPassword;
      if (announced || ready.size < count) return;
      announced = true;
      announce(message.ready, firstPassword);
    });
    child.once('exit', (code, signal) => {
      children.delete(slot);
      ready.delete(slot);
      if (!stopping && !announced && code === 1) {
        process.exitCode = 1; // it has said why; the others would end in the same way
        stop('SIGTERM');
      }
      if (stopping) {
        if (children.size === 0) ended.resolve();
        return;
      }
      const nextPause = Date.now() - startedAt > 60_000 ? 100 : Math.min(pauseMs * 2, 10_000);
      log.warn({ slot, code, signal, pauseMs }, 'a server process ended and is started again');
      const pause = setTimeout(() => {
        pauses.delete(pause);
        start(slot, nextPause);
      }, pauseMs);
      pauses.add(pause);
    });
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  for (let slot = 0; slot < count; slot++) start(slot, 100);
  await ended.promise;
}

/** Two installations that share a port with SO_REUSEPORT would answer each other's requests: only ours may. */
async function assertPortFree({ host, port }: SharedPort): Promise<void> {
  if (port === 0) {
    throw new AppError(
      'invalid',
      'http.port-unshared',
      'Several processes cannot share a port that is chosen at start.',
      {
        next: 'Name one with --port.',
      },
    );
  }
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error) => reject(notListening(host, port, error))).listen({ host, port }, resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}
