import type { ReportProgress } from '../core/backup/index.ts';

/** Shows progress on standard error: one line that changes on a terminal, a line each time otherwise. */
export function showProgress(): { report: ReportProgress; end(): void } {
  const terminal = process.stderr.isTTY === true;
  return {
    report({ what, percent, bytesPerSecond }) {
      const line = `${String(percent).padStart(3)} %  ${formatBytes(bytesPerSecond)}/s  ${what}`;
      process.stderr.write(terminal ? `\r\u001b[K${line}` : `${line}\n`);
    },
    end() {
      if (terminal) process.stderr.write('\r\u001b[K');
    },
  };
}

/** For people: `1.2 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
