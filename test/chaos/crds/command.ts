import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../../server/src/cli/open.ts';
import type { Db } from '../../../server/src/core/db/index.ts';
import { cleanEnvironment, main, root } from '../../support/orrery.ts';

/** How a command ended. */
export interface Ended {
  code: number | null;
  /** SIGKILL when it was killed before its end. */
  signal: NodeJS.Signals | null;
  output: string;
  tookMs: number;
}

/** When to kill: some time after something was seen, at once when nothing has to be. */
export interface Shot {
  afterMs: number;
  seen?: () => Promise<boolean>;
}

/** Runs `orrery …` and kills it with SIGKILL, if it has not ended by then; without a shot it runs to its end. */
export async function commandUnderFire(args: readonly string[], shot?: Shot): Promise<Ended> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [main, ...args], {
    cwd: root,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const over = new AbortController();
  const ended = endOf(child).finally(() => over.abort());
  if (shot !== undefined) await fire(child, shot, over.signal);
  return { ...(await ended), output, tookMs: performance.now() - startedAt };
}

async function fire(child: ChildProcess, { afterMs, seen }: Shot, over: AbortSignal): Promise<void> {
  while (seen !== undefined && !over.aborted && !(await seen())) await sleep(10);
  await sleep(afterMs, undefined, { signal: over }).catch(() => {});
  if (!over.aborted) child.kill('SIGKILL');
}

/** Runs a command to its end; throws when it fails. */
export async function command(args: readonly string[]): Promise<Ended> {
  const ended = await commandUnderFire(args);
  if (ended.code !== 0)
    throw new Error(`orrery ${args.join(' ')} ended with ${ended.code}:\n${ended.output}`);
  return ended;
}

function endOf(child: ChildProcess): Promise<Pick<Ended, 'code' | 'signal'>> {
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
}

/** The database of a data folder, which stays up as long as this is open: commands then start faster. */
export async function openData(data: string): Promise<{ db: Db; close(): Promise<void> }> {
  return await openDatabase({ flags: { data } });
}
