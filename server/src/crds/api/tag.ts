import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Answers with a validator made of what the answer depends on; a caller that holds it already gets 304 and nothing is
 * computed. `depends` names everything but the address: the version of the observatory, say.
 */
export async function answerTagged<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  depends: readonly (string | number)[],
  make: () => Promise<T>,
): Promise<T | FastifyReply> {
  const hash = createHash('sha256').update(JSON.stringify([request.url, ...depends]));
  const tag = `W/"${hash.digest('base64url').slice(0, 27)}"`;
  void reply.headers({ etag: tag, 'cache-control': 'private, no-cache' });
  if (isHeld(request.headers['if-none-match'], tag)) return reply.code(304).send();
  return await make();
}

/** RFC 9110 §13.1.2: compared without regard to weakness. */
function isHeld(known: string | undefined, tag: string): boolean {
  if (known === undefined) return false;
  const bare = tag.replace(/^W\//, '');
  return known.trim() === '*' || known.split(',').some((each) => each.trim().replace(/^W\//, '') === bare);
}
