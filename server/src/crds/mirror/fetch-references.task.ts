import Type from 'typebox';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { defineTask } from '../../core/queue/index.ts';
import { closureOf } from '../catalogue/files.store.ts';
import { listObservatories } from '../observatory/observatory.ts';
import { fetchFile } from './fetch-file.ts';
import { listUpstream } from './mirror.store.ts';

/** Between two checkpoints. */
const together = 100;
const atOnce = 4;
/** A run ends well before its time is over, and another goes on. */
const runMs = 600_000;

/** Brings the references that an operator wants here before anybody asks: those of the latest context, or all. */
export const fetchReferencesTask = defineTask({
  name: 'crds.fetch-references',
  payload: Type.Object({ observatory: Type.String(), after: Type.String() }),
  retry: { attempts: 5, firstDelaySeconds: 30, factor: 3 },
  concurrency: 2,
  maxSeconds: 900,
  async run({ core, payload: { observatory, after }, signal, progress, continueWith }) {
    const started = performance.now();
    const within = await wantedOf(core, observatory);
    if (within === undefined) return;
    let at = after;
    while (performance.now() - started < runMs) {
      signal.throwIfAborted();
      const names = await listUpstream(core.db.sql, observatory, { within, after: at, limit: together });
      if (names.length === 0) return;
      await fetchAll(core, observatory, names, signal);
      at = names.at(-1) ?? at;
      progress(null, `as far as ${at}`);
    }
    await core.db.transaction((tx) => continueWith(tx, { observatory, after: at }));
  },
});

/** Names that are wanted, null for all; undefined when nothing is. */
async function wantedOf(core: Core, observatory: string): Promise<readonly string[] | null | undefined> {
  const [one] = (await listObservatories(core.db.sql)).filter((known) => known.observatory === observatory);
  if (one === undefined || one.settings.mirror.upstream === '') return undefined;
  if (one.settings.mirror.references === 'all') return null;
  if (one.settings.mirror.references === 'asked' || one.latestContext === null) return undefined;
  return (await closureOf(core.db.sql, observatory, one.latestContext)).references;
}

/** A file that cannot be had is noted by `fetchFile` and does not stop the others. */
async function fetchAll(
  core: Core,
  observatory: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...names];
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      signal.throwIfAborted();
      await fetchFile(core, observatory, name).catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
