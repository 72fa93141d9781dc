import { type ChildProcess, fork } from 'node:child_process';

/** A program of this folder in a process of its own, so that its work is not counted as the server's. */
export interface Child<Out> {
  process: ChildProcess;
  /** The next thing it says. Rejects when it ends instead. */
  next(): Promise<Out>;
  tell(message: string): void;
  end(): void;
}

export function startChild<Out>(program: string, settings: unknown): Child<Out> {
  const child = fork(new URL(`./${program}`, import.meta.url), [JSON.stringify(settings)], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const said: Out[] = [];
  let hear: (() => void) | undefined;
  let ended: string | undefined;
  child.on('message', (message: Out) => {
    said.push(message);
    hear?.();
  });
  child.on('exit', (code, signal) => {
    ended = `${program} ended with ${signal ?? code}`;
    hear?.();
  });
  return {
    process: child,
    async next() {
      while (said.length === 0) {
        if (ended !== undefined) throw new Error(ended);
        await new Promise<void>((resolve) => {
          hear = resolve;
        });
      }
      return said.shift() as Out;
    },
    tell: (message) => void child.send(message),
    end: () => void child.kill('SIGKILL'),
  };
}

/** Starts a load, lets it go once it is ready, and returns what it measured. */
export async function runLoad<Out>(program: string, settings: unknown): Promise<Out> {
  const child = startChild<Out>(program, settings);
  try {
    await child.next();
    child.tell('go');
    return await child.next();
  } finally {
    child.end();
  }
}

/** What this process was started with. */
export function settingsOf<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

export function say(message: unknown): Promise<void> {
  return new Promise((resolve, reject) =>
    process.send?.(message, (error: Error | null) => (error === null ? resolve() : reject(error))),
  );
}
