import { chosenServices, loadServices, migrationSources } from './compose.ts';
import { authRoutes } from './core/auth/auth.routes.ts';
import { seedAdmin } from './core/auth/index.ts';
import { buildCore } from './core/build.ts';
import type { Config } from './core/config/index.ts';
import type { Core } from './core/core.ts';
import { connectTo, type Db, migrate, type Pool } from './core/db/index.ts';
import { AppError } from './core/errors.ts';
import { type AppParts, createApp, type RouteRow } from './core/http/index.ts';
import type { Log } from './core/log.ts';
import type { ServiceModule } from './core/module.ts';
import {
  announceProcess,
  apiDocsRoutes,
  coreRoutes,
  describeApi,
  docsRoutes,
  meRoutes,
  systemRoutes,
  taskRoutes,
  webRoutes,
} from './core/operations/index.ts';
import { ownModule } from './core/own-module.ts';
import { version } from './version.ts';

export interface RunningServer {
  /** The address to open, as the ready line says it. */
  address: string;
  core: Core;
  app: AppParts['app'];
  routes: AppParts['routes'];
  /** Given once, by the process that made the account `admin`. */
  firstPassword: string | undefined;
  stop(): Promise<void>;
}

/** What tests put in the place of the usual. */
export interface ServerParts {
  services: readonly ServiceModule[];
  database: { db: Db; stop(): Promise<void> };
  /** False: the process goes on when told to stop by a signal. */
  signals: boolean;
}

/** Connections one process may use: its pool, the listening one and what commands open. */
const connectionsPerProcess = 15;

/**
 * Starts a server process: database, migrations, core, services, background work, and the port last, so that
 * whoever can connect is answered. SIGTERM, SIGINT and SIGHUP end it in the opposite order.
 */
export async function startServer(
  config: Config,
  log: Log,
  parts: Partial<ServerParts> = {},
): Promise<RunningServer> {
  await using undo = new AsyncDisposableStack();
  const services = parts.services ?? (await loadServices(chosenServices(config)));
  const modules = [ownModule, ...services];
  const { db, stop: leaveDatabase } =
    parts.database ?? (await connectTo(config, log, 'orrery', config.database.poolSize));
  undo.defer(async () => {
    await db.close();
    await leaveDatabase();
  });
  await migrate(db.direct, migrationSources(services));
  await refuseTooManyProcesses(db.sql);
  const core = await buildCore({ config, log, db, modules });
  undo.defer(async () => {
    core.metrics.stop();
    await Promise.all([core.threads.stop(), core.fetch.close(), core.events.stop()]);
  });
  // First of all: services that follow their runs must have said so before a run changes its state.
  for (const module of modules) {
    const running = await module.start?.(core);
    if (running !== undefined) undo.defer(() => running.stop());
  }
  // The probe of isolation takes a quarter of a second of other processes' time; it runs beside what follows.
  const runsWork = config.role !== 'web';
  const computing = runsWork ? core.compute.start() : Promise.resolve();
  computing.catch(() => {}); // told below, by whoever waits for it
  undo.defer(() => (runsWork ? core.compute.stop() : undefined));
  await core.events.start();
  const presence = announceProcess(core, version);
  undo.defer(() => presence.stop());
  const { password: firstPassword } = await seedAdmin(core.auth.context, config.admin);
  for (const module of modules) await module.seed?.(core);
  const answers = config.role !== 'worker';
  const web = await listenFor(core, modules, answers);
  await computing;
  if (runsWork) await startWork(core, undo);
  undo.defer(() => within(config.http.drainSeconds * 1000, web.parts.close()));
  const address = answers ? await listen(web.parts.listeners, config, log) : `process ${core.processId}`;
  undo.defer(async () => {
    log.info('stopping');
    web.drain();
    core.events.waits.close();
    await presence.drain();
  });
  const started = undo.move();
  const stop = once(() => started.disposeAsync());
  if (parts.signals !== false) stopOnSignals(stop, log);
  return { address, core, app: web.parts.app, routes: web.parts.routes, firstPassword, stop };
}

/** Background work: tasks and the clock. */
async function startWork(core: Core, undo: AsyncDisposableStack): Promise<void> {
  await core.queue.start(core);
  undo.defer(() => core.queue.stop());
  await core.schedules.start(core);
  undo.defer(() => core.schedules.stop());
}

/** The route table of an installation, without starting it. */
export async function routeTable(config: Config, log: Log, db: Db): Promise<readonly RouteRow[]> {
  const modules = [ownModule, ...(await loadServices(chosenServices(config)))];
  const core = await buildCore({ config, log, db, modules });
  const { parts } = await listenFor(core, modules, true);
  await parts.close();
  return parts.routes.rows;
}

/** Builds the routes of the core and of every service, and checks the whole table. */
async function listenFor(core: Core, modules: readonly ServiceModule[], answers: boolean) {
  const closing = new AbortController();
  let draining = false;
  const unknownPaths = new Map(modules.flatMap((module) => Object.entries(module.unknownPaths ?? {})));
  const parts = await createApp({ core, unknownPaths });
  if (answers) await describeApi(parts.app, version);
  await parts.routes.ownedBy('core', async () => {
    systemRoutes(parts.app, core, () => draining);
    if (!answers) return;
    await authRoutes(parts.app, core);
    meRoutes(parts.app, core, modules, version);
    coreRoutes(parts.app, core, modules, closing.signal);
    taskRoutes(parts.app, core);
    apiDocsRoutes(parts.app, () => parts.routes.rows);
    docsRoutes(parts.app);
    await webRoutes(parts.app);
  });
  for (const module of answers ? modules : []) {
    await parts.routes.ownedBy(module.name, async () => {
      for (const register of module.routes) {
        await parts.app.register((scope, _options, done) => {
          Promise.resolve(register(scope, core)).then(() => done(), done);
        });
      }
    });
  }
  await parts.app.ready();
  parts.routes.check(
    core.auth.permissions,
    new Map(modules.flatMap(({ name, addresses }) => addresses.map((address) => [address, name]))),
  );
  return {
    parts,
    drain() {
      draining = true;
      closing.abort();
    },
  };
}

/** Listens on every configured address and returns the URL of the first. */
async function listen(listeners: AppParts['listeners'], config: Config, log: Log): Promise<string> {
  const { host, port, listeners: more } = config.http;
  const shared = process.send !== undefined;
  const actual = await listeners.listen({ host, port, shared });
  for (const listener of more) {
    const at = listener.lastIndexOf(':');
    const bare = listener.slice(0, at).replace(/^\[|\]$/g, '');
    await listeners.listen({ host: bare, port: Number(listener.slice(at + 1)), shared });
    log.info({ listener }, 'listening');
  }
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return config.publicUrl?.replace(/\/+$/, '') ?? `http://${shown}:${actual}`;
}

/** Every process needs its share of the database's connections; better no start than errors under load. */
async function refuseTooManyProcesses(sql: Pool): Promise<void> {
  const [row] = await sql<{ allowed: number; processes: number }[]>`
    select current_setting('max_connections')::int as allowed,
           (select count(*)::int from core.process where seen_at > clock_timestamp() - interval '20 seconds') + 1 as processes`;
  const { allowed = 100, processes = 1 } = row ?? {};
  if (processes * connectionsPerProcess <= allowed - 10) return;
  throw new AppError(
    'conflict',
    'db.connections-short',
    `PostgreSQL allows ${allowed} connections; ${processes} processes may need ${processes * connectionsPerProcess}.`,
    { next: 'Raise max_connections, run fewer processes, or put PgBouncer in between.' },
  );
}

/** Signals this close together are one: a terminal tells every process of the group, npm tells its child again. */
const oneSignalMs = 500;

/** The first signal ends the server in order, a second one at once. */
function stopOnSignals(stop: () => Promise<void>, log: Log): void {
  let askedAt: number | undefined;
  const end = (): void => {
    if (askedAt !== undefined) {
      if (performance.now() - askedAt > oneSignalMs) process.exit(1);
      return;
    }
    askedAt = performance.now();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the server did not stop cleanly');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
  if (process.send !== undefined) process.on('disconnect', end);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
