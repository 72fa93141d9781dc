import type { TObject } from 'typebox';
import type { Config } from './core/config/index.ts';
import type { MigrationSource } from './core/db/index.ts';
import { AppError } from './core/errors.ts';
import type { ServiceModule } from './core/module.ts';

/**
 * The only place that knows the services, and where one service's events meet another's operations.
 * Adding or leaving out a service is one line here.
 */
const services: Record<string, { load: () => Promise<ServiceModule>; settings: () => Promise<TObject> }> = {
  panda: {
    load: async () => (await import('./panda/index.ts')).panda,
    settings: async () => (await import('./panda/settings.ts')).pandaSettings,
  },
  uws: {
    load: async () => (await import('./uws/index.ts')).uws,
    settings: async () => (await import('./uws/settings.ts')).uwsSettings,
  },
  crds: {
    load: async () => (await import('./crds/index.ts')).crds,
    settings: async () => (await import('./crds/settings.ts')).crdsSettings,
  },
};

export const serviceNames: readonly string[] = Object.keys(services);

/** Settings sections of all services, loaded or not: a settings file is checked as a whole. */
export async function serviceSettings(): Promise<Record<string, TObject>> {
  const entries = Object.entries(services).map(
    async ([name, { settings }]) => [name, await settings()] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** The services the operator asked for; an unknown name is refused. */
export function chosenServices(config: Config): readonly string[] {
  const unknown = config.with.find((name) => services[name] === undefined);
  if (unknown !== undefined) {
    throw new AppError('invalid', 'config.service-unknown', `There is no service "${unknown}".`, {
      next: `The services are: ${serviceNames.join(', ')}.`,
    });
  }
  return config.with.length === 0 ? serviceNames : config.with;
}

export async function loadServices(names: readonly string[]): Promise<ServiceModule[]> {
  return Promise.all(names.map((name) => (services[name] as { load: () => Promise<ServiceModule> }).load()));
}

/** Folders of migrations, the core's first. */
export function migrationSources(modules: readonly ServiceModule[]): MigrationSource[] {
  return [
    { module: 'core', folder: new URL('./core/migrations/', import.meta.url) },
    ...modules.map(({ name, migrations }) => ({ module: name, folder: migrations })),
  ];
}
