import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import postgres from 'postgres';

export interface Neighbour {
  url: string;
  stop(): Promise<void>;
}

/** Why something cannot be started here. */
export class Absent extends Error {}

const run = promisify(execFile);

/** A fresh PostgreSQL 15 on loopback, made by `postgres-sandbox` of the folder `bin`. Throws Absent. */
export async function startPostgres(bin: string, folder: string): Promise<Neighbour> {
  const sandbox = path.join(bin, 'postgres-sandbox');
  if (!existsSync(sandbox)) throw new Absent(`there is no ${sandbox}; name its folder in ORRERY_SANDBOX_BIN`);
  const dir = path.join(folder, 'postgres');
  const env = { ...process.env, POSTGRES_SANDBOX_FAST: 'yes' };
  const { stdout } = await run(sandbox, ['start', dir], { env, timeout: 300_000 });
  const url = /^DATABASE_URL=(.*)$/m.exec(stdout)?.[1];
  if (url === undefined) throw new Error(`${sandbox} printed no DATABASE_URL`);
  return {
    url,
    async stop() {
      await run(sandbox, ['clean', dir], { timeout: 60_000 });
    },
  };
}

/** PgBouncer in transaction mode before the server at `url`, for all its databases. Throws Absent. */
export async function startPooler(folder: string, url: string): Promise<Neighbour> {
  const found = await run('sh', ['-c', 'PATH="$PATH:/usr/sbin" command -v pgbouncer']).catch(() => undefined);
  if (found === undefined) throw new Absent("it is not installed; it is Debian's package pgbouncer");
  const { hostname, port, username, password } = new URL(url);
  const pooled = new URL(url);
  pooled.port = String(await freePort());
  const users = path.join(folder, 'users.txt');
  const settings = path.join(folder, 'pgbouncer.ini');
  await mkdir(folder, { recursive: true });
  await writeFile(users, `"${username}" "${password}"\n`, { mode: 0o600 });
  await writeFile(settings, poolerSettings(`host=${hostname} port=${port}`, pooled.port, users));
  const account = await unprivileged();
  if (account !== undefined) {
    for (const file of [folder, users, settings]) await chown(file, account.uid, account.gid);
    await chmod(folder, 0o755);
  }
  const child = spawn(found.stdout.trim(), ['-q', settings], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(account ?? {}),
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4000);
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGINT');
    child.kill('SIGTERM');
    await ended;
  };
  try {
    await untilAnswers(pooled.href);
  } catch (cause) {
    await stop();
    throw new Error(`PgBouncer does not answer: ${complaint}`, { cause });
  }
  return { url: pooled.href, stop };
}

function poolerSettings(server: string, port: string, users: string): string {
  return `[databases]
* = ${server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = 20
max_client_conn = 1000
server_idle_timeout = 5
autodb_idle_timeout = 10
query_wait_timeout = 60
log_connections = 0
log_disconnections = 0
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** PgBouncer refuses to run as root: then it runs as Debian's account of PostgreSQL. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'postgres'])));
  const [uid = 0, gid = 0] = ids.map(({ stdout }) => Number(stdout));
  return { uid, gid };
}

async function untilAnswers(url: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const sql = postgres(url, { max: 1, prepare: false, connect_timeout: 2 });
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
}

/** The version of the server, as it says it. */
export async function versionOf(url: string): Promise<string> {
  const sql = postgres(url, { max: 1 });
  const [row] = await sql<
    { version: string }[]
  >`select current_setting('server_version_num')::int / 10000 as version`;
  await sql.end();
  return String(row?.version);
}
