import type { Actor } from '../../core/auth/index.ts';
import { AppError } from '../../core/errors.ts';
import { documentUnreadable } from './errors.ts';
import { putQueue, type QueueContext } from './queues.ts';

export interface Imported {
  made: string[];
  changed: string[];
  unchanged: string[];
  /** Left as they were, each with every fault. */
  refused: Array<{ queue: string; faults: string[] }>;
}

/**
 * Takes queues from an export of CRIC: an object of descriptions keyed by queue. Each is judged by itself, so one
 * that is broken keeps none of the others back; the same file again changes nothing.
 * Throws `panda.document-unreadable` for anything but such an object.
 */
export async function importQueues(core: QueueContext, actor: Actor, value: unknown): Promise<Imported> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw documentUnreadable('An export of queues is an object of descriptions keyed by queue.');
  }
  const imported: Imported = { made: [], changed: [], unchanged: [], refused: [] };
  for (const [queue, description] of Object.entries(value)) {
    const named = nameDescription(queue, description);
    if (typeof named === 'string') {
      imported.refused.push({ queue, faults: [named] });
      continue;
    }
    try {
      const { outcome } = await putQueue(core, actor, named, { why: 'imported' });
      imported[outcome].push(queue);
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'invalid') throw error;
      const faults = error.details.faults as string[] | undefined;
      imported.refused.push({ queue, faults: faults ?? [error.message] });
    }
  }
  return imported;
}

/** The key is the name where the description has none; a sentence when they contradict each other. */
function nameDescription(queue: string, description: unknown): Record<string, unknown> | string {
  if (typeof description !== 'object' || description === null || Array.isArray(description)) {
    return 'the description is no object';
  }
  const { nickname = queue } = description as { nickname?: unknown };
  if (nickname !== null && nickname !== queue)
    return 'nickname: it is not the key that the description stands under';
  return { ...description, nickname: queue };
}
