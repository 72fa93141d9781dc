import type { Threads } from '../../../core/threads/index.ts';
import { mapInTurns } from '../../../core/turns.ts';
import type { PickleParts } from './parts.ts';
import { plainOf } from './plain.ts';
import { readPickle } from './read-pickle.ts';
import { PickleError } from './values.ts';

/** A pickle of this size is read in some hundredths of a second, whatever it says. */
const quickBytes = 32 * 1024;
/** 16 MiB of hostile opcodes take eight seconds of a busy machine. */
const timeoutMs = 60_000;

/**
 * What a pickle holds, as `plainOf` says it. A long one is read in a thread and comes back in parts, so that others
 * are answered meanwhile. Throws PickleError, and what `Threads.run` throws.
 */
export async function readApart(threads: Threads, bytes: Buffer): Promise<unknown> {
  if (bytes.length <= quickBytes) return plainOf(readPickle(bytes));
  const module = new URL('./parts.ts', import.meta.url);
  const parts = await threads.run<PickleParts>(module, 'partsOf', [bytes], { timeoutMs });
  if (parts.refusal !== undefined) throw new PickleError(parts.refusal);
  if (parts.whole !== undefined) return JSON.parse(parts.whole);
  const lists = await mapInTurns(parts.list, (text) => JSON.parse(text) as unknown[]);
  return lists.flat(1);
}
