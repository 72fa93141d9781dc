import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.ts';
import type { ErrorStyle } from '../core/http/index.ts';

/**
 * Scripts of other pages may read answers: they must bring a token, since cookies are never sent along where no
 * origin is named.
 */
export function openToScripts(request: FastifyRequest, reply: FastifyReply): void {
  if (request.headers.origin === undefined) return;
  void reply.headers({
    'access-control-allow-origin': '*',
    'access-control-expose-headers':
      'Accept-Ranges, Allow, Content-Disposition, Content-Range, ETag, Location, Retry-After, X-Request-Id',
  });
}

/** UWS clients show the text of an error as it is: one or two sentences, `text/plain`. */
export const uwsErrors: ErrorStyle = {
  name: 'uws',
  render(error, request, reply) {
    // A refusal at the door comes before the routes' own headers.
    openToScripts(request, reply);
    void reply.type('text/plain; charset=utf-8');
    const { allow } = error.details;
    if (typeof allow === 'string') void reply.header('allow', allow);
    return `${error.message}${error.next === undefined ? '' : ` ${error.next}`}\n`;
  },
};

export function definitionUnknown(name: string): AppError {
  return new AppError(
    'missing',
    'uws.definition-unknown',
    `There is no job definition "${name.slice(0, 80)}".`,
    {
      next: 'The definitions are listed at /api/uws/definitions.',
    },
  );
}

export function jobUnknown(jobId: string): AppError {
  return new AppError('missing', 'uws.job-unknown', `There is no job "${jobId.slice(0, 80)}" here.`, {
    next: 'It may have been deleted; the job list shows what there is.',
  });
}

export function jobOfAnother(): AppError {
  return new AppError('forbidden', 'uws.job-of-another', 'This job belongs to somebody else.', {
    next: 'Sign in as its owner, or ask an operator.',
  });
}

export function phaseForbids(what: string, phase: string): AppError {
  return new AppError('forbidden', 'uws.phase-forbids', `The job is ${phase}; ${what}.`, {
    next: 'Look at its present phase, or create a new job.',
    details: { phase },
  });
}

export function archiveOff(): AppError {
  return new AppError('forbidden', 'uws.archive-off', 'This server keeps no archived jobs.', {
    next: 'Delete the job, or keep it until its destruction time.',
  });
}

/** What an archived job had; its description still tells name, size and hash. */
export function partRemoved(what: string): AppError {
  return new AppError('gone', 'uws.part-removed', `The job is archived; its ${what.slice(0, 100)} is gone.`, {
    next: 'Run the job again with the same parameters, which are kept.',
  });
}

export function controlInvalid(name: string, value: string, wanted: string): AppError {
  return new AppError('invalid', 'uws.control-invalid', `${name}=${value.slice(0, 60)}: ${wanted}`, {
    next: 'Correct the value.',
    details: { parameter: name },
  });
}

export function partUnknown(what: string): AppError {
  return new AppError('missing', 'uws.part-unknown', `The job has no ${what.slice(0, 100)}.`, {
    next: 'The job document names what it has.',
  });
}

export function methodUnknown(allow: string): AppError {
  return new AppError('wrong-method', 'uws.method-unknown', `This address takes ${allow} only.`, {
    details: { allow },
  });
}

export function entityUnknown(entity: string): AppError {
  return new AppError('missing', 'uws.entity-unknown', `There is no entity "${entity.slice(0, 80)}" here.`, {
    next: 'Its job may have been deleted or archived; the results of a job name theirs.',
  });
}

export function linkClosed(): AppError {
  return new AppError('forbidden', 'uws.link-closed', 'This link was closed with the account of its owner.', {
    next: 'Ask an operator of this server for what the job made.',
  });
}

export function sharingOff(): AppError {
  return new AppError('forbidden', 'uws.sharing-off', 'Jobs cannot be shared on this server.', {
    next: 'Ask an operator (uws.maxShareHours), or give the other person an account.',
  });
}
