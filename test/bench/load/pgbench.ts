import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface PgbenchRun {
  socketDir: string;
  password: string;
  folder: string;
  script: string;
  connections: number;
  seconds: number;
}

/** Transactions per second of one script by PostgreSQL's own tool; undefined where it is not installed. */
export async function runPgbench(run: PgbenchRun): Promise<number | undefined> {
  const file = path.join(run.folder, 'pgbench.sql');
  await writeFile(file, run.script);
  const child = spawn(
    'pgbench',
    [
      ...['-h', run.socketDir, '-U', 'orrery', '-n', '-f', file, '-M', 'prepared'],
      ...['-c', String(run.connections), '-j', '1', '-T', String(run.seconds), 'orrery'],
    ],
    {
      env: { PATH: process.env.PATH ?? '', PGPASSWORD: run.password },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: (run.seconds + 60) * 1000,
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  if (code === null) return undefined;
  const tps = /^tps = ([\d.]+)/m.exec(output)?.[1];
  if (code !== 0 || tps === undefined) throw new Error(`pgbench ended with ${code}: ${output}`);
  return Number(tps);
}
