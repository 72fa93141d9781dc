import type { Actor } from '../core/auth/index.ts';
import type { Core } from '../core/core.ts';
import { installationOf, type OpenCore } from './open.ts';
import { commandLineActor, type InstallationFlags } from './open-auth.ts';

/**
 * Runs `work` with the core of an installation, in the name of the person at the keyboard: database and files, whether
 * the server runs or not. Nothing of the core is started.
 */
export async function withCrds<T>(
  open: OpenCore,
  flags: InstallationFlags,
  work: (core: Core, actor: Actor) => Promise<T>,
): Promise<T> {
  const { db, config, log, close } = await open(installationOf(flags));
  try {
    const { buildCore } = await import('../core/build.ts');
    const { crds } = await import('../crds/index.ts');
    const core = await buildCore({ config, log, db, modules: [crds] });
    try {
      return await work(core, commandLineActor());
    } finally {
      core.metrics.stop();
      await Promise.all([core.queue.stop(), core.threads.stop(), core.fetch.close(), core.events.stop()]);
    }
  } finally {
    await close();
  }
}

/** Stops long work in order at the first Ctrl-C; what it did so far is kept. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupted = new AbortController();
  const stop = () => interrupted.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return await work(interrupted.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
