import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { asBusy } from '../db/index.ts';
import { AppError } from '../errors.ts';
import type { ErrorStyle } from './types.ts';

/** Errors of our own JSON API, as `ErrorBody` in contracts describes them. */
export const jsonErrors: ErrorStyle = {
  name: 'json',
  render(error, request) {
    return {
      code: error.code,
      message: error.message,
      ...(error.next === undefined ? {} : { next: error.next }),
      ...(Object.keys(error.details).length === 0 ? {} : { details: error.details }),
      requestId: request.id,
    };
  },
};

/** One or two plain sentences. */
export const textErrors: ErrorStyle = {
  name: 'text',
  render(error, _request, reply) {
    void reply.type('text/plain; charset=utf-8');
    return `${error.message}${error.next === undefined ? '' : ` ${error.next}`}\n`;
  },
};

/** A small page for a person whose browser asked. */
export const htmlErrors: ErrorStyle = {
  name: 'html',
  render(error, request, reply) {
    void reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
    return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(error.message)}</title>
<body style="font:14px/20px system-ui;margin:10vh auto;max-width:36em"><h1 style="font-size:20px">${escapeHtml(error.message)}</h1>
<p>${escapeHtml(error.next ?? '')}</p><p>Request ${escapeHtml(request.id)} · <a href="/ui/">Home</a></p></body></html>\n`;
  },
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Statement, transaction or idle time is over, a lock was not had in time, or two transactions stood in each other's way. */
const tooSlow = new Set(['57014', '25P03', '25P04', '55P03', '40P01', '40001']);

/** Turns whatever was thrown into an error a caller may see. A bug stays `internal`, without inner text. */
export function asAppError(thrown: unknown): AppError {
  const error = asBusy(thrown);
  if (error instanceof AppError) return error;
  const { code = '', statusCode = 500, validation, message } = error as FastifyError;
  if (validation !== undefined) {
    return new AppError('invalid', 'http.input-refused', message, {
      next: 'Correct the request; /api/docs describes it.',
    });
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || code === 'FST_REQ_FILE_TOO_LARGE' || statusCode === 413) {
    return new AppError(
      'too-large',
      'http.body-too-large',
      'The request is larger than this address takes.',
      {
        next: 'Send less, or ask the operator for a higher limit.',
      },
    );
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' || statusCode === 415) {
    return new AppError(
      'unsupported-type',
      'http.type-unsupported',
      'This address does not take that content type.',
      {
        next: 'Send application/json, or what /api/docs says.',
      },
    );
  }
  if (code === '22003' || code === '22008' || code === '22009' || code === '22P02') {
    return new AppError(
      'invalid',
      'http.value-refused',
      'A number or a date lies outside of what can be stored.',
      {
        next: 'Correct the request.',
      },
    );
  }
  if (code === '22021' || code === '22P05') {
    return new AppError(
      'invalid',
      'http.text-refused',
      'The text holds signs that cannot be stored (NUL, broken UTF-8).',
      {
        next: 'Remove them.',
      },
    );
  }
  if (code === '53100') {
    return new AppError('busy', 'db.disk-full', 'The disk of the database is full; nothing can be stored.', {
      next: 'Tell the operator: space must be freed.',
      retryAfterSeconds: 60,
      cause: thrown,
    });
  }
  if (tooSlow.has(code)) {
    return new AppError('busy', 'db.too-slow', 'The database took too long for this.', {
      next: 'Ask for less, or try again.',
    });
  }
  if (statusCode >= 400 && statusCode < 500) {
    const sentence = code.startsWith('FST_') ? message : 'This request cannot be answered as it is.';
    return new AppError('invalid', 'http.request-refused', sentence, { next: 'Correct the request.' });
  }
  return new AppError('internal', 'internal', 'Something went wrong inside the server.', {
    next: 'Try again; if it happens again, tell the operator the request id.',
    cause: thrown,
  });
}

/** Sends an error in the style of the route, with the headers every protocol shares. */
export function sendError(
  error: AppError,
  style: ErrorStyle,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  void reply.code(error.status);
  if (error.retryAfterSeconds !== undefined)
    void reply.header('retry-after', String(Math.ceil(error.retryAfterSeconds)));
  if (error.status === 401)
    void reply.header('www-authenticate', 'Bearer realm="orrery", Basic realm="orrery"');
  const body = style.render(error, request, reply);
  return reply.send(body);
}
