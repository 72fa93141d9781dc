import { AsyncLocalStorage } from 'node:async_hooks';
import { type Logger, pino } from 'pino';

export type Log = Logger;

/** Fields that every log line written inside `withLogFields` carries (requestId, taskId, …). */
const fields = new AsyncLocalStorage<Record<string, unknown>>();

export function withLogFields<T>(more: Record<string, unknown>, work: () => T): T {
  return fields.run({ ...fields.getStore(), ...more }, work);
}

/** JSON lines on standard error; standard output belongs to what a command answers. */
export function createLog(level: string, pretty = process.stderr.isTTY === true): Log {
  const options = {
    level,
    base: { pid: process.pid },
    mixin: () => fields.getStore() ?? {},
    redact: {
      paths: ['password', 'token', '*.password', '*.token', 'headers.authorization', 'headers.cookie'],
      censor: '…',
    },
  };
  if (pretty) {
    return pino({
      ...options,
      transport: { target: 'pino-pretty', options: { destination: 2, ignore: 'pid' } },
    });
  }
  return pino(options, pino.destination({ fd: 2, sync: false }));
}

export const silentLog: Log = pino({ level: 'silent' });
