#!/usr/bin/env node
// Starts the command line on Node 24, also where an older Node comes first on the PATH.
// A server is started with a bound on its young memory: V8 lets it grow to 128 MB on a large machine and keeps it.
// With 12 MB it answers as many requests; with a quarter of that it spends a third of its time collecting.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

if (Number(process.versions.node.split('.')[0]) >= 24) {
  boundYoungMemory();
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  await import('../src/main.ts');
} else {
  const own = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
  if (!existsSync(own)) {
    process.stderr.write(
      `Orrery needs Node 24 or newer; this is ${process.versions.node}. Run "npm ci" here first: it brings one.\n`,
    );
    process.exit(1);
  }
  const child = spawn(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal !== null) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}

/** The bound can be set only when a process begins, so this one begins anew, as itself; it takes 0.03 s. */
function boundYoungMemory() {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  const isForked = process.send !== undefined;
  const canBegin = process.platform !== 'win32' && process.execve !== undefined;
  if (process.argv[2] !== 'serve' || isForked || !canBegin || given.includes('semi-space')) return;
  const flags = ['--max-semi-space-size=4', ...process.execArgv];
  process.execve(process.execPath, [process.execPath, ...flags, ...process.argv.slice(1)]);
}
