import { AppError } from '../core/errors.ts';
import type { ErrorStyle } from '../core/http/index.ts';

/** Addresses of methods; one that has more or fewer parts names no method at all (panda-server 1.0.3). */
const methodAddress = /^\/(server|api\/v1|api\/latest)(\/|\?|$)/;

/**
 * PanDA's clients read one line of text; nearly all refusals come as status 200 with a code in the body and never
 * get here (pilot3 3.11.5.1 gives a report up after two 5xx, so those are left to what will pass).
 */
export const pandaErrors: ErrorStyle = {
  name: 'panda',
  render(error, request, reply) {
    void reply.type('text/plain; charset=utf-8');
    const sentence = `${error.message}${error.next === undefined ? '' : ` ${error.next}`}`;
    if (error.code === 'panda.method-unknown' || error.code === 'panda.vo-refused') {
      void reply.code(403);
      return `ERROR : ${error.message}`;
    }
    if (error.code === 'auth.account-disabled') {
      void reply.code(403);
      // The words that clients of PanDA know for it.
      return `ERROR : ${String(error.details.account)} is banned`;
    }
    if (error.status === 401) {
      void reply.code(403).removeHeader('www-authenticate');
      return `ERROR : Token authentication failed. ${sentence}`;
    }
    if (error.code === 'http.path-unknown' && methodAddress.test(request.url)) {
      void reply.code(403);
      return 'ERROR : method  is forbidden';
    }
    if (error.status === 404) return 'not found';
    return `ERROR : ${sentence}`;
  },
};

export function methodUnknown(name: string): AppError {
  return new AppError('forbidden', 'panda.method-unknown', `method ${name.slice(0, 100)} is forbidden`);
}

/** The VO or the role that the header `Origin` names is not one of the caller's. */
export function voRefused(sentence: string): AppError {
  return new AppError('forbidden', 'panda.vo-refused', `Token authentication failed. ${sentence}`);
}
