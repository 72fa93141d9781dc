import { spawn } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratchFolder } from '../support/scratch-folder.ts';
import { Absent, startPooler, startPostgres, versionOf } from './neighbours.ts';

/**
 * The whole suite on an external PostgreSQL 15, directly and through PgBouncer in transaction mode:
 * `node test/external/run.ts [direct|pooled] [paths…]`. PostgreSQL comes from `postgres-sandbox` (ORRERY_SANDBOX_BIN,
 * default `../shared/bin` beside the repository), PgBouncer from Debian's package. What is absent is skipped by
 * name, and fails when CI=true.
 */
/** Tests of what never meets a database: another server proves nothing about them. */
const withoutDatabase = ['web/**', 'contracts/**', 'server/src/pilot/**', 'server/src/crds/rules/**'];

const root = fileURLToPath(new URL('../../', import.meta.url));
const stops: Array<() => Promise<void>> = [];
const skipped: string[] = [];
const failed: string[] = [];

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Undefined when the component is absent, which is said. */
async function unlessAbsent<T>(what: string, start: () => Promise<T>): Promise<T | undefined> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof Absent)) throw error;
    skipped.push(what);
    say(`SKIPPED: ${what}: ${error.message}`);
    return undefined;
  }
}

async function runSuite(name: string, env: Record<string, string>, paths: readonly string[]): Promise<void> {
  say(`RUN: ${name}`);
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const excluded = withoutDatabase.flatMap((pattern) => ['--exclude', pattern]);
  const child = spawn(process.execPath, [vitest, 'run', ...excluded, ...paths], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const code = await new Promise<number | null>((resolve) => child.on('exit', (status) => resolve(status)));
  if (code !== 0) failed.push(name);
  say(`${code === 0 ? 'PASSED' : 'FAILED'}: ${name}`);
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const only = args[0] === 'direct' || args[0] === 'pooled' ? args.shift() : undefined;
  const { folder, remove } = await scratchFolder('external');
  stops.push(remove);
  await chmod(folder, 0o755);
  const bin = process.env.ORRERY_SANDBOX_BIN ?? path.join(root, '../shared/bin');
  const server = await unlessAbsent('external PostgreSQL', () => startPostgres(bin, folder));
  if (server === undefined) return;
  stops.push(server.stop);
  const direct = { ORRERY_TEST_DATABASE_URL: server.url };
  const name = `the suite on PostgreSQL ${await versionOf(server.url)}`;
  if (only !== 'pooled') await runSuite(name, direct, args);
  if (only === 'direct') return;
  const pooler = await unlessAbsent('PgBouncer', () =>
    startPooler(path.join(folder, 'pgbouncer'), server.url),
  );
  if (pooler === undefined) return;
  stops.push(pooler.stop);
  const pooled = { ...direct, ORRERY_TEST_POOLED_URL: pooler.url };
  await runSuite(`${name} through PgBouncer in transaction mode`, pooled, args);
}

try {
  await main();
} finally {
  for (const stop of stops.reverse()) await stop();
}
if (skipped.length > 0) say(`Skipped: ${skipped.join(', ')}.`);
if (failed.length > 0) say(`Failed: ${failed.join('; ')}.`);
process.exitCode = failed.length > 0 || (skipped.length > 0 && process.env.CI === 'true') ? 1 : 0;
