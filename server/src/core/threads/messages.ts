import { AppError, type ErrorExtra, type ErrorKind } from '../errors.ts';

/** What the pool sends into a thread. */
export interface ThreadCall {
  id: number;
  moduleUrl: string;
  exportName: string;
  args: readonly unknown[];
}

/** An error on its way out of a thread: structured cloning would lose the class and the code of an AppError. */
interface CarriedError {
  app: { kind: ErrorKind; code: string; extra: ErrorExtra } | null;
  name: string;
  message: string;
  stack: string | undefined;
}

export type ThreadAnswer = { id: number; result: unknown } | { id: number; error: CarriedError };

export const ThreadAnswer = {
  done(id: number, result: unknown): ThreadAnswer {
    return { id, result };
  },
  failed(id: number, error: unknown): ThreadAnswer {
    return { id, error: carry(error) };
  },
};

function carry(error: unknown): CarriedError {
  if (!(error instanceof Error))
    return { app: null, name: 'Error', message: String(error), stack: undefined };
  const { name, message, stack } = error;
  if (!(error instanceof AppError)) return { app: null, name, message, stack };
  const extra: ErrorExtra = {
    details: error.details,
    ...(error.next === undefined ? {} : { next: error.next }),
    ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
  };
  return { app: { kind: error.kind, code: error.code, extra }, name, message, stack };
}

/** The error as it was thrown inside the thread. */
export function uncarry({ app, name, message, stack }: CarriedError): Error {
  const error = app === null ? new Error(message) : new AppError(app.kind, app.code, message, app.extra);
  if (app === null) error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
