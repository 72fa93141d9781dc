import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createDb, type Db } from '../../server/src/core/db/index.ts';
import { orrery, programs, type ServedProcess, serve } from '../support/orrery.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

export const adminToken = 'a-preset-token-for-measuring';

/** A data folder with its server processes, as an operator has them. */
export interface Installation {
  folder: string;
  /** Starts one more server process. */
  start(...args: string[]): Promise<ServedProcess>;
  /** Connects to the database of the folder beside the servers; they must run. */
  connect(poolSize: number): Promise<Db>;
  /** Makes an account, with the role `user` unless told, and gives a token of it. */
  userToken(name: string, role?: string): Promise<string>;
  /** How tools of PostgreSQL connect. */
  connection(): Promise<{ socketDir: string; password: string }>;
  /** Stops all and removes the folder. */
  remove(): Promise<void>;
}

/** With the example service, unless another program is named. */
export async function anInstallation(program: keyof typeof programs = 'example'): Promise<Installation> {
  const { folder, remove } = await scratchFolder('bench');
  const servers: ServedProcess[] = [];
  const pools: Db[] = [];
  const connection = async () => ({
    socketDir: await readFile(path.join(folder, 'run/socket'), 'utf8'),
    password: await readFile(path.join(folder, 'postgres.password'), 'utf8'),
  });
  return {
    folder,
    connection,
    async start(...args) {
      const server = await serve(
        ['--data', folder, ...args],
        { ORRERY_ADMIN_TOKEN: adminToken, ORRERY_ADMIN_PASSWORD: 'a long enough password' },
        programs[program],
      );
      servers.push(server);
      return server;
    },
    async connect(poolSize) {
      const db = createDb({ ...(await connection()), poolSize, prepare: true, name: 'bench' });
      pools.push(db);
      return db;
    },
    async userToken(name, role = 'user') {
      const command = async (...args: string[]): Promise<string> => {
        const { code, stdout, stderr } = await orrery([...args, '--data', folder]);
        if (code !== 0) throw new Error(`orrery ${args.join(' ')} ended with ${code}: ${stderr}`);
        return stdout.trim();
      };
      await command('user', 'add', name, '--role', role);
      return await command('token', 'create', '--user', name);
    },
    async remove() {
      await Promise.all(pools.map((db) => db.close()));
      await Promise.all(
        servers.map((server) =>
          server.child.exitCode === null && server.child.signalCode === null ? server.stop() : null,
        ),
      );
      await remove();
    },
  };
}

/** Resident memory of a process, bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** Processor time a process has used, seconds. */
export async function processorSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
