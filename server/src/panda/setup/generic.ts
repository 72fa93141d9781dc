import { randomUUID } from 'node:crypto';
import type { Core } from '../../core/core.ts';
import type { JobFile } from '../jobs/file.ts';
import type { Queue } from '../queues/queues.store.ts';
import { queueOf } from '../queues/queues.ts';
import type { JobToSetUp, Setup, SetupPlugin } from './plugin.ts';

/**
 * Gives every log a fresh GUID and outputs that name no storage endpoint that of the queue; where inputs must be moved
 * first, the job is assigned (panda-server 1.0.3, generic setupper and dispatcher).
 */
export const genericSetup: SetupPlugin = {
  name: 'generic',
  async setUp(core: Core, jobs) {
    const setups: Setup[] = [];
    for (const job of jobs) setups.push(setUpOne(job, await queueOf(core, job.job.queue)));
    return setups;
  },
};

function setUpOne({ files }: JobToSetUp, queue: Queue | null): Setup {
  const endpoint = queue === null ? null : outputEndpoint(queue);
  const changed = files.flatMap((file): Array<[number, Partial<JobFile>]> => {
    const { type, fileId } = file;
    if (type === 'log') return [[fileId, { guid: randomUUID(), endpoint: file.endpoint ?? endpoint }]];
    return type === 'output' && file.endpoint === null && endpoint !== null ? [[fileId, { endpoint }]] : [];
  });
  const block = files.find(({ type, attributes }) => type === 'input' && hasBlock(attributes));
  return {
    status: block === undefined ? 'activated' : 'assigned',
    why:
      block === undefined
        ? 'ready for a pilot'
        : `waits for the transfer of ${block.attributes.dispatchDBlock}`,
    files: new Map(changed),
  };
}

/** Where pilots of the queue write, by the activities that pilots ask for, the nearest first. */
function outputEndpoint({ document }: Queue): string | null {
  const { astorages } = document;
  for (const activity of ['write_lan', 'pw', 'default']) {
    const first = astorages?.[activity]?.[0];
    if (first !== undefined) return first;
  }
  return null;
}

function hasBlock({ dispatchDBlock }: { dispatchDBlock?: string }): boolean {
  return dispatchDBlock !== undefined && dispatchDBlock !== '' && dispatchDBlock !== 'NULL';
}
