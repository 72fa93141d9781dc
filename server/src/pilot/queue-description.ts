import type { PandaServer } from './server.ts';
import { numberOf, textOf } from './wire.ts';

/** The queue's own description, as far as this pilot reads it. */
export interface QueueDescription {
  /** Name under which jobs are asked for. */
  siteName: string;
  /** Why no job may be asked for now; null = it may. */
  closed: string | null;
  /** Seconds; 0 = no limit. */
  maxWallSeconds: number;
  /** MB; 0 = no limit. */
  maxWorkMb: number;
  maxMemoryMb: number;
  type: string;
}

/** Downloads the description. Throws when there is none or it describes no queue. */
export async function fetchQueue(server: PandaServer, queue: string): Promise<QueueDescription> {
  const bytes = await server.get(`/cache/schedconfig/${encodeURIComponent(queue)}.all.json`);
  return readQueue(JSON.parse(bytes.toString('utf8')) as Record<string, unknown>, queue);
}

export function readQueue(fields: Readonly<Record<string, unknown>>, queue: string): QueueDescription {
  if (fields === null || typeof fields !== 'object' || 'error' in fields) {
    throw new Error(`the description of the queue ${queue} says: ${JSON.stringify(fields).slice(0, 200)}`);
  }
  const siteName = textOf(fields.panda_resource) || textOf(fields.nickname) || queue;
  const state = textOf(fields.state);
  const status = textOf(fields.status);
  const closed =
    state !== 'ACTIVE' ? `its state is ${state || 'unknown'}` : status === 'offline' ? 'it is offline' : null;
  return {
    siteName,
    closed,
    maxWallSeconds: Math.max(0, numberOf(fields.maxtime)),
    maxWorkMb: Math.max(0, numberOf(fields.maxwdir)),
    maxMemoryMb: Math.max(0, numberOf(fields.maxrss)),
    type: textOf(fields.type),
  };
}
