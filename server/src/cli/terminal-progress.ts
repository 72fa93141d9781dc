import { formatBytes } from './progress.ts';

const everyMs = 200;

/** One line on standard error that shows how far a transfer is; nothing when that is no terminal. */
export function transferProgress(what: string, totalBytes: number) {
  const started = performance.now();
  let shownAt = started;
  const isShown = process.stderr.isTTY === true;
  return {
    /** `bytes` of the total have gone over; `alreadyThere` of them in an earlier try. */
    at(bytes: number, alreadyThere = 0): void {
      const now = performance.now();
      if (!isShown || now - shownAt < everyMs) return;
      shownAt = now;
      const percent = totalBytes === 0 ? 100 : Math.floor((100 * bytes) / totalBytes);
      const perSecond = ((bytes - alreadyThere) * 1000) / (now - started);
      process.stderr.write(
        `\r\u001b[K${String(percent).padStart(3)} %  ${formatBytes(bytes)} of ${formatBytes(totalBytes)}  ${formatBytes(perSecond)}/s  ${what}`,
      );
    },
    end(): void {
      if (isShown) process.stderr.write('\r\u001b[K');
    },
  };
}
