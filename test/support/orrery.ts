import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const main = path.join(root, 'server/bin/orrery.mjs');

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** An environment without the settings of whoever runs the tests. */
export function cleanEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('ORRERY_') && !name.startsWith('VITEST'),
  );
  return { ...Object.fromEntries(kept), NODE_ENV: 'production', ...more };
}

/** Runs one command of the command line to its end. */
export async function orrery(
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; input?: string } = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.cwd ?? root,
    env: cleanEnvironment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(options.input ?? '');
  const output = gather(child);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...output };
}

function gather(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  return output;
}

export interface ServedProcess {
  address: string;
  /** Milliseconds from the start of the process to the ready line. */
  readyAfterMs: number;
  child: ChildProcess;
  output: { stdout: string; stderr: string };
  /** Sends the signal and waits for the end; returns the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** The command that `serve` starts: the whole program, or the example service alone. */
export const programs = {
  orrery: [main, 'serve'],
  example: [path.join(root, 'test/support/example-server.ts')],
} as const;

/** Starts `orrery serve` (or another program like it) and waits for its ready line. */
export async function serve(
  args: readonly string[],
  env: Record<string, string> = {},
  program: readonly string[] = programs.orrery,
): Promise<ServedProcess> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...program, ...args], {
    cwd: root,
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = gather(child);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const found = /^Orrery is ready at (\S+)$/m.exec(output.stdout);
      if (found?.[1] !== undefined) resolve(found[1]);
    });
    void ended.then((code) =>
      reject(new Error(`the server ended with ${code} before it was ready:\n${output.stderr}`)),
    );
  });
  return {
    address,
    readyAfterMs: performance.now() - startedAt,
    child,
    output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}
