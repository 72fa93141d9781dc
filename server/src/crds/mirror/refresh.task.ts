import { createHash } from 'node:crypto';
import Type from 'typebox';
import type { Core } from '../../core/core.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import { defineTask } from '../../core/queue/index.ts';
import { listObservatories } from '../observatory/observatory.ts';
import { adopt } from './adopt.ts';
import { fetchReferencesTask } from './fetch-references.task.ts';
import { mirrorStateOf, noteAnswer, noteSilence } from './mirror.store.ts';
import { type Listener, takeInFiles } from './take-in.ts';
import { upstreamOf } from './upstream.ts';

/**
 * Asks the upstream server of one observatory what it has and takes in what is new. A server that does not answer is
 * no failure of the task: the mirror says since when it has been silent and goes on with what it has.
 */
export const refreshMirrorTask = defineTask({
  name: 'crds.refresh-mirror',
  payload: Type.Object({ observatory: Type.String() }),
  retry: { attempts: 3, firstDelaySeconds: 5, factor: 3 },
  concurrency: 4,
  maxSeconds: 900,
  async run({ core, payload: { observatory }, signal, progress }) {
    await refreshMirror(core, observatory, { signal, progress });
  },
});

/** What the task does; killed anywhere and run again it goes on where it was. */
export async function refreshMirror(core: Core, observatory: string, listener: Listener): Promise<void> {
  const { sql } = core.db;
  const [wanted] = (await listObservatories(sql)).filter((one) => one.observatory === observatory);
  const state = await mirrorStateOf(sql, observatory);
  const address = wanted?.settings.mirror.upstream ?? '';
  if (wanted === undefined || state === null || address === '') return;
  const upstream = upstreamOf(address, observatory, core.fetch);
  try {
    const info = await upstream.info(listener.signal);
    const digest = createHash('sha256')
      .update(JSON.stringify({ ...info, files: [...info.files] }))
      .digest('hex');
    if (digest === state.takenIn) {
      await noteAnswer(sql, observatory, { ...state, error: '' });
    } else {
      const { files, missingMappings, firstError } = await takeInFiles(
        core,
        observatory,
        upstream,
        info,
        listener,
      );
      const refused = await adopt(core, observatory, info);
      const error = firstError || (refused[0] ?? '');
      await noteAnswer(sql, observatory, {
        takenIn: digest,
        files,
        missingMappings: missingMappings.length,
        error,
      });
    }
  } catch (error) {
    listener.signal.throwIfAborted();
    if (!(error instanceof AppError)) throw error;
    await noteSilence(sql, observatory, messageOf(error));
    return;
  }
  if (wanted.settings.mirror.references === 'asked') return;
  await core.db.transaction((tx) =>
    core.queue.add(
      tx,
      fetchReferencesTask,
      { observatory, after: '' },
      { key: observatory, dedupe: observatory },
    ),
  );
}
