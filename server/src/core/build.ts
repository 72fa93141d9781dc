import { hostname } from 'node:os';
import path from 'node:path';
import { createAudit } from './audit/index.ts';
import { authPermissions, createAuth, createAuthContext, createPermissions } from './auth/index.ts';
import { systemClock } from './clock.ts';
import { createCompute } from './compute/index.ts';
import type { Config } from './config/index.ts';
import type { Core } from './core.ts';
import type { Db } from './db/index.ts';
import { createEvents } from './events/index.ts';
import { createGuardedFetch } from './fetch/index.ts';
import { type BlobStore, createDiskStore, createFiles } from './files/index.ts';
import { createSignedLinks } from './http/index.ts';
import { shortId } from './ids.ts';
import { createLocks } from './locks/index.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics/index.ts';
import type { ServiceModule } from './module.ts';
import { operationPermissions, registerFigures } from './operations/index.ts';
import { createQueue } from './queue/index.ts';
import { createSchedules } from './schedule/index.ts';
import { createThreads } from './threads/index.ts';

export interface BuildOptions {
  config: Config;
  log: Log;
  db: Db;
  /** The core's own module and the services. */
  modules: readonly ServiceModule[];
}

/** Puts the parts of the core together. Nothing runs yet: the server starts what its role needs. */
export async function buildCore({ config, log, db, modules }: BuildOptions): Promise<Core> {
  const processId = `${hostname()}:${process.pid}:${shortId()}`;
  const audit = createAudit();
  const metrics = createMetrics();
  const context = createAuthContext({ db, audit, config });
  let core: Core | undefined;
  const permissions = createPermissions(
    [operationPermissions, authPermissions, ...modules.map((module) => module.permissions)],
    {
      isOpen: (rule) => core !== undefined && rule.anonymous?.(core) === true,
    },
  );
  const store = await openStore(config, log);
  const files = createFiles({ db, log, store });
  core = {
    config,
    log,
    clock: systemClock,
    db,
    processId,
    modules,
    metrics,
    audit,
    events: createEvents(db, log, {
      perProcess: config.events.waitsPerProcess,
      perCaller: config.events.waitsPerCaller,
    }),
    queue: createQueue({
      db,
      log,
      processId,
      tasks: modules.flatMap((module) => module.tasks),
      metrics,
    }),
    schedules: createSchedules({
      db,
      log,
      processId,
      schedules: modules.flatMap((module) => module.schedules),
    }),
    locks: createLocks(),
    files,
    compute: createCompute({
      db,
      log,
      files,
      processId,
      dataDir: path.resolve(config.data),
      local: { ...config.compute.local, hidden: config.file === undefined ? [] : [config.file] },
    }),
    threads: createThreads(),
    fetch: createGuardedFetch({ allowPrivate: config.fetch.allowPrivate }),
    auth: createAuth({
      context,
      permissions,
      ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    }),
    links: createSignedLinks((await context.secret()).derive('signed links')),
  };
  registerFigures(core);
  return core;
}

/** The file store that the settings name, started. */
export async function openStore(config: Config, log: Log): Promise<BlobStore> {
  const { store, minFreeMb, minFreePercent, s3 } = config.files;
  const made =
    store === 'disk'
      ? createDiskStore({
          folder: path.join(config.data, 'files'),
          freeSpace: { minFreeBytes: minFreeMb * 1e6, minFreePercent },
        })
      : (await import('./files/index.ts')).createS3Store({ ...s3, log });
  await made.start();
  return made;
}
