import type { ErrorStyle } from '../../core/http/index.ts';
import { renderFailure } from './envelope.ts';

/**
 * Refusals before a method was found, in the envelope. Clients show the message of an answer with status 200 and of
 * no other: whoever sent too much is told so. Who may not ask, and a server that cannot answer, keep their status.
 */
export const rpcErrors: ErrorStyle = {
  name: 'crds-rpc',
  render(error, _request, reply) {
    const keepsStatus = error.status >= 500 || error.status === 401 || error.status === 403;
    void reply.type('application/json-rpc');
    if (!keepsStatus) void reply.code(200);
    return Buffer.from(renderFailure(null, error));
  },
};
