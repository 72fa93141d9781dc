import { parentPort } from 'node:worker_threads';
import { ThreadAnswer, type ThreadCall } from './messages.ts';

/** The inside of a thread: loads the named module at its first use and calls the named function. */
const port = parentPort;
if (port === null) throw new Error('This file is the inside of a worker thread.');

port.on('message', async ({ id, moduleUrl, exportName, args }: ThreadCall) => {
  try {
    const loaded = (await import(moduleUrl)) as Record<string, unknown>;
    const work = loaded[exportName];
    if (typeof work !== 'function') throw new TypeError(`${moduleUrl} exports no function ${exportName}`);
    port.postMessage(ThreadAnswer.done(id, await work(...args)));
  } catch (error) {
    port.postMessage(ThreadAnswer.failed(id, error));
  }
});
