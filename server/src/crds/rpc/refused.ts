import { AppError } from '../../core/errors.ts';

/** A call that cannot be answered. Clients show the message as it is, so it says everything. */
export function rpcRefused(message: string): AppError {
  return new AppError('invalid', 'crds.rpc-refused', message);
}

/** What somebody sent, short enough to be said back. */
export function quoted(text: string): string {
  return `'${text.length > 128 ? `${text.slice(0, 128)}…` : text}'`;
}
