import { AsyncLocalStorage } from 'node:async_hooks';
import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/** Fields that every log line written inside `withLogFields` carries (requestId, taskId, …). */
const fields = new AsyncLocalStorage<Record<string, unknown>>();

export function withLogFields<T>(more: Record<string, unknown>, work: () => T): T {
  const outer = fields.getStore();
  return fields.run(outer === undefined ? more : { ...outer, ...more }, work);
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
  return pino(options, linesTogether());
}

/** How late a line may leave. */
const latestMs = 50;

/** Lines leave together: a write of its own would cost a request more than making its line. */
function linesTogether(): DestinationStream & { flushSync(): void } {
  const out = pino.destination({ fd: 2, sync: false, minLength: 8192 });
  let due: NodeJS.Timeout | undefined;
  return {
    write(line: string): void {
      out.write(line);
      if (due !== undefined) return;
      due = setTimeout(() => {
        due = undefined;
        out.flush();
      }, latestMs).unref();
    },
    // Pino asks for it before the process ends because of a fault.
    flushSync: () => out.flushSync(),
  };
}

export const silentLog: Log = pino({ level: 'silent' });
