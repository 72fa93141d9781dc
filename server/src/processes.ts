import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { announce } from './cli/serve.ts';
import type { Log } from './core/log.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/**
 * Runs `count` server processes that share one port (SO_REUSEPORT) and starts again what dies, with a growing
 * pause. This process answers nothing itself. SIGTERM and SIGINT are passed on; it ends when all have ended.
 */
export async function superviseProcesses(count: number, log: Log): Promise<void> {
  const children = new Map<number, ChildProcess>();
  let stopping = false;
  let ready = 0;
  let firstPassword: string | undefined;
  const ended = Promise.withResolvers<void>();

  function start(slot: number, pauseMs: number): void {
    const startedAt = Date.now();
    const child = fork(main, process.argv.slice(2), { stdio: 'inherit' });
    children.set(slot, child);
    child.once('message', (message: { ready: string; firstPassword?: string }) => {
      ready += 1;
      firstPassword ??= message.firstPassword;
      if (ready === count) announce(message.ready, firstPassword);
    });
    child.once('exit', (code, signal) => {
      children.delete(slot);
      if (stopping || (ready === 0 && code === 1)) {
        process.exitCode = stopping ? 0 : 1;
        stopping = true;
        for (const other of children.values()) other.kill('SIGTERM');
        if (children.size === 0) ended.resolve();
        return;
      }
      const nextPause = Date.now() - startedAt > 60_000 ? 100 : Math.min(pauseMs * 2, 10_000);
      log.warn({ slot, code, signal, pauseMs }, 'a server process ended and is started again');
      setTimeout(() => stopping || start(slot, nextPause), pauseMs);
    });
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stopping = true;
      for (const child of children.values()) child.kill(signal);
      if (children.size === 0) ended.resolve();
    });
  }
  for (let slot = 0; slot < count; slot++) start(slot, 100);
  await ended.promise;
}
