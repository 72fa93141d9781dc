import { setTimeout as sleep } from 'node:timers/promises';
import { type ServedProcess, serve } from '../support/orrery.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { residentBytes } from './installation.ts';
import type { BenchOptions, Report } from './report.ts';

/** From the start of the process to the ready line, for a new data folder and for a known one; memory of an idle server. */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const { folder, remove } = await scratchFolder('bench');
  let server: ServedProcess | undefined;
  const start = async (): Promise<ServedProcess> => {
    server = await serve(['--with', 'uws', '--port', '0', '--data', folder, '--log-level', 'warn']);
    return server;
  };
  try {
    const first = await start();
    report({
      name: 'first start (new data folder) with uws',
      value: first.readyAfterMs,
      unit: 'ms',
      limit: '≤ 3,000',
    });
    await first.stop();
    const times: number[] = [];
    for (let n = 0; n < (quick ? 1 : 5); n++) {
      const again = await start();
      times.push(again.readyAfterMs);
      await again.stop();
    }
    const middle = times.sort((a, b) => a - b)[times.length >> 1] as number;
    report({ name: `warm start, middle of ${times.length}`, value: middle, unit: 'ms', limit: '≤ 1,000' });
    report({ name: 'warm start, longest', value: Math.max(...times), unit: 'ms' });
    const idle = await start();
    await sleep(quick ? 3000 : 15_000); // idle: what the start needed has been given back
    const bytes = await residentBytes(idle.child.pid as number);
    report({ name: 'idle Node with uws, resident', value: bytes / 1e6, unit: 'MB', limit: '≤ 120' });
  } finally {
    if (server?.child.exitCode === null) await server.stop();
    await remove();
  }
}
