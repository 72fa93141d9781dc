import { parseArgs } from 'node:util';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { Ledger } from '../ledger.ts';
import type { Part } from './part.ts';

/**
 * `npm run chaos -- crds [--part import] [--kills 20]`: commands and servers of calibration are killed with SIGKILL in
 * the middle of their work and run again; afterwards everything is as if nobody had been killed. Without `--part` all
 * parts run, one after the other. Ends with status 1 when something was lost, done twice or half done.
 */
const parts: Readonly<Record<string, () => Promise<{ part: Part }>>> = {
  import: () => import('./import.ts'),
  context: () => import('./context.ts'),
  publish: () => import('./publish.ts'),
  mirror: () => import('./mirror.ts'),
  affected: () => import('./affected.ts'),
};

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: 'string' },
    kills: { type: 'string', default: process.env.CI === 'true' ? '5' : '20' },
    keep: { type: 'boolean', default: false },
  },
});
const wanted = values.part === undefined ? Object.keys(parts) : [values.part];
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));
process.once('SIGTERM', () => interrupted.abort(new Error('interrupted')));

const ledger = new Ledger();
for (const name of wanted) {
  const load = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (load === undefined) throw new Error(`there is no part "${name}": ${Object.keys(parts).join(', ')}`);
  const { folder, remove } = await scratchFolder('chaos');
  ledger.note(`${name}: begins`);
  try {
    const { part } = await load();
    await part({ folder, ledger, kills: Number(values.kills), signal: interrupted.signal });
  } catch (error) {
    ledger.violation(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    if (values.keep) console.log(`${name}: the folder is kept: ${folder}`);
    else await remove();
  }
  if (interrupted.signal.aborted) break;
}
ledger.print();
process.exit(ledger.isClean ? 0 : 1);
