import type { Config } from './schema.ts';
import { listSettings } from './schema.ts';

export interface PrintedSetting {
  name: string;
  environment: string;
  value: unknown;
  source: string;
  description: string;
}

/** Every setting with its value in force and where it came from; secrets are hidden. */
export function printedSettings(config: Config): PrintedSetting[] {
  return listSettings(config.schema).map((setting) => {
    const value = setting.path.reduce<unknown>(
      (at, key) => (at as Record<string, unknown> | undefined)?.[key],
      {
        ...config,
        ...config.services,
      },
    );
    return {
      name: setting.name,
      environment: setting.environment,
      value: setting.schema.secret === true && value !== undefined ? '(hidden)' : value,
      source: config.sources.get(setting.name) ?? 'default',
      description: setting.schema.description ?? '',
    };
  });
}

/** The same as lines of YAML-like text for a terminal. */
export function printConfig(config: Config): string {
  return printedSettings(config)
    .map(({ name, environment, value, source, description }) =>
      [
        `# ${description}`,
        `# ${environment}, from ${source}`,
        `${name}: ${value === undefined ? '' : JSON.stringify(value)}`,
        '',
      ].join('\n'),
    )
    .join('\n');
}
