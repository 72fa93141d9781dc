import type { ServerResponse } from 'node:http';

/**
 * Calls `then` once, when the answer has been sent or its reader has gone. A reader may have gone before the handler
 * began, while its identity was looked up: then the event is over, and nobody would hear it any more.
 */
export function whenAnswered(response: ServerResponse, then: () => void): void {
  if (response.closed) then();
  else response.once('close', then);
}
