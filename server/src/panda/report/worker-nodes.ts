import type { Core } from '../../core/core.ts';
import { messageOf } from '../../core/errors.ts';
import { recordNode, recordNodeGpu } from '../workers/node.store.ts';
import { readNode, readNodeGpu } from '../workers/node.ts';

/** Metadata beyond this size is that of a payload with thousands of files; pilots put the machine into small ones. */
const largest = 1_000_000;

type Values = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Takes down the machine that a pilot describes in its metadata (`worker_node`, `worker_node_gpus`), as if it had
 * called `update_worker_node`. A failure is logged: the report counts without.
 */
export async function recordReportedNode(core: Core, metadata: string): Promise<void> {
  if (metadata.length > largest || !metadata.includes('"worker_node')) return;
  try {
    const value: unknown = JSON.parse(metadata);
    if (!isObject(value)) return;
    const node = isObject(value.worker_node) ? readNode(value.worker_node) : null;
    if (node !== null) await recordNode(core.db.sql, node);
    const named = value.worker_node_gpus;
    for (const one of Array.isArray(named) ? named.slice(0, 16) : [named]) {
      const gpu = isObject(one) ? readNodeGpu(one) : null;
      if (gpu !== null) await recordNodeGpu(core.db.sql, gpu);
    }
  } catch (error) {
    core.log.warn({ err: messageOf(error) }, 'the machine in the metadata of a job was not recorded');
  }
}
