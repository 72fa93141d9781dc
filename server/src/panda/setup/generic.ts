import { randomUUID } from 'node:crypto';
import type { Setup, SetupPlugin } from './plugin.ts';

/** Gives every log a fresh GUID; where inputs must be moved first, the job is assigned (panda-server 1.0.3). */
export const genericSetup: SetupPlugin = {
  name: 'generic',
  setUp: (_core, jobs) =>
    Promise.resolve(
      jobs.map(({ files }): Setup => {
        const logs = files.filter(({ type }) => type === 'log');
        const block = files.find(({ type, attributes }) => type === 'input' && hasBlock(attributes));
        return {
          status: block === undefined ? 'activated' : 'assigned',
          why:
            block === undefined
              ? 'ready for a pilot'
              : `waits for the transfer of ${block.attributes.dispatchDBlock}`,
          files: new Map(logs.map(({ fileId }) => [fileId, { guid: randomUUID() }])),
        };
      }),
    ),
};

function hasBlock({ dispatchDBlock }: { dispatchDBlock?: string }): boolean {
  return dispatchDBlock !== undefined && dispatchDBlock !== '' && dispatchDBlock !== 'NULL';
}
