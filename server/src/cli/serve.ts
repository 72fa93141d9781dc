import type { Command } from 'commander';
import { serviceSettings } from '../compose.ts';
import { loadConfig, printConfig } from '../core/config/index.ts';
import { connectTo } from '../core/db/index.ts';
import { createLog } from '../core/log.ts';
import { returnStartMemory } from '../start-memory.ts';
import type { OpenCore } from './open.ts';

interface ServeOptions {
  port?: string;
  host?: string;
  data?: string;
  role?: string;
  with?: string;
  webProcesses?: string;
  publicUrl?: string;
  logLevel?: string;
  set: string[];
  config?: string;
  printConfig?: boolean;
}

/** `orrery serve`: the server, in one process or several that share the port. */
export function register(program: Command, _open: OpenCore): void {
  program
    .command('serve')
    .description('Run the server.')
    .option('--port <number>', 'port to listen on; 0 = any free one (default 8080)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--data <folder>', 'data folder (default ./data)')
    .option('--role <role>', 'all, web or worker')
    .option('--with <services>', 'services to run, separated by commas (default: all)')
    .option('--web-processes <number>', 'processes that share the port (default 1)')
    .option('--public-url <url>', 'address under which people reach the server')
    .option('--log-level <level>', 'fatal, error, warn, info, debug, trace or silent')
    .option(
      '--set <name=value>',
      'any other setting, by its dotted name; may be repeated; no secrets, which "ps" would show',
      collect,
      [],
    )
    .option('--config <file>', 'settings file (default orrery.yaml, if there is one)')
    .option('--print-config', 'print every setting with its value and source, and end')
    .action(serve);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

async function serve(options: ServeOptions): Promise<void> {
  const { config, warnings } = loadConfig({
    services: await serviceSettings(),
    environment: process.env,
    flags: flagsOf(options),
    ...(options.config === undefined ? {} : { file: options.config }),
  });
  if (options.printConfig === true) {
    process.stdout.write(printConfig(config));
    return;
  }
  const log = createLog(config.log.level);
  for (const warning of warnings) log.warn(warning);
  // A fault that nobody caught: the state of this process is unknown, and every process may be replaced.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'the process ends because of a fault');
    log.flush();
    process.exit(1);
  });
  if (config.webProcesses > 1 && process.send === undefined) {
    const { superviseProcesses } = await import('../processes.ts');
    await superviseProcesses(config.webProcesses, config.http, log);
    return;
  }
  // PostgreSQL starts while the server's modules are loaded.
  const database = connectTo(config, log, 'orrery', config.database.poolSize);
  database.catch(() => {}); // told below, by whoever waits for it
  const { startServer } = await import('../server.ts');
  const server = await startServer(config, log, { database: await database });
  returnStartMemory();
  if (process.send === undefined) announce(server.address, server.firstPassword);
  else process.send({ ready: server.address, firstPassword: server.firstPassword });
}

/** The one line on standard output that scripts wait for; the first password goes to standard error. */
export function announce(address: string, firstPassword: string | undefined): void {
  if (firstPassword !== undefined) {
    process.stderr.write(
      `\nSign in as "admin" with the one-time password ${firstPassword}\n(also in the file admin-password of the data folder; it must be changed at the first sign-in)\n\n`,
    );
  }
  process.stdout.write(`Orrery is ready at ${address}\n`);
}

function flagsOf(options: ServeOptions): Record<string, string> {
  const named: Array<[string, string | undefined]> = [
    ['http.port', options.port],
    ['http.host', options.host],
    ['data', options.data],
    ['role', options.role],
    ['with', options.with],
    ['webProcesses', options.webProcesses],
    ['publicUrl', options.publicUrl],
    ['log.level', options.logLevel],
    ...options.set.map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  ];
  return Object.fromEntries(named.filter((pair): pair is [string, string] => pair[1] !== undefined));
}
