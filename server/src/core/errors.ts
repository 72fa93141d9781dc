/**
 * Expected failures. A rule throws an AppError with a stable code; the route's error style decides how the
 * protocol's clients see it. Everything else that is thrown is a bug and is answered as `internal`.
 */

export const statusOf = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  'wrong-method': 405,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  'unsupported-type': 415,
  misdirected: 421,
  'too-many': 429,
  internal: 500,
  busy: 503,
} as const;

export type ErrorKind = keyof typeof statusOf;

export interface ErrorExtra {
  /** What the reader can do next, as a sentence. */
  next?: string;
  /** Values that are safe to show. */
  details?: Record<string, unknown>;
  retryAfterSeconds?: number;
  cause?: unknown;
}

export class AppError extends Error {
  readonly kind: ErrorKind;
  /** `<part>.<noun-of-state>`, for example `auth.password-wrong`; never reused, never renamed. */
  readonly code: string;
  readonly next: string | undefined;
  readonly details: Record<string, unknown>;
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: ErrorKind, code: string, message: string, extra: ErrorExtra = {}) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.name = 'AppError';
    this.kind = kind;
    this.code = code;
    this.next = extra.next;
    this.details = extra.details ?? {};
    this.retryAfterSeconds = extra.retryAfterSeconds ?? (kind === 'busy' ? 5 : undefined);
  }

  get status(): number {
    return statusOf[this.kind];
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
