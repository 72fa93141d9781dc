import { readFileSync } from 'node:fs';
import path from 'node:path';
import Type, { type Static, type TObject } from 'typebox';
import { Value } from 'typebox/value';
import { parseDocument } from 'yaml';
import { AppError, messageOf } from '../errors.ts';
import { type Config, type CoreSettings, coreSettings, listSettings, type Setting } from './schema.ts';
import { closest } from './suggest.ts';

export interface ConfigInput {
  /** Sections of the services, by name. */
  services?: Readonly<Record<string, TObject>>;
  environment?: NodeJS.ProcessEnv;
  /** Flags by dotted name; they win over everything. */
  flags?: Readonly<Record<string, string>>;
  /** A YAML file. `orrery.yaml` in the working folder is read when it exists. */
  file?: string;
}

export interface LoadedConfig {
  config: Config;
  /** What an operator should know, such as a misspelt environment variable. */
  warnings: string[];
}

/**
 * Reads the settings: defaults, then the file, then the environment, then flags. Unknown keys are refused in
 * the file and the flags, and reported in the environment, each with the nearest known name.
 */
export function loadConfig(input: ConfigInput = {}): LoadedConfig {
  const schema = Type.Object({ ...coreSettings.properties, ...input.services });
  const settings = listSettings(schema);
  const values: Record<string, unknown> = {};
  const sources = new Map<string, string>();
  for (const setting of settings) {
    const initial = 'default' in setting.schema ? structuredClone(setting.schema.default) : undefined;
    place(values, setting.path, initial);
    sources.set(setting.name, 'default');
  }
  const assign = (setting: Setting, value: unknown, source: string): void => {
    const isAddress = typeof value === 'string' && setting.name === 'publicUrl';
    if (!Value.Check(setting.schema, value) || (isAddress && !URL.canParse(value)))
      throw refused(setting, value, source);
    place(values, setting.path, value);
    sources.set(setting.name, source);
  };
  const file = readFile(input.file, settings, assign);
  const warnings = readEnvironment(input.environment ?? {}, settings, assign);
  for (const [name, text] of Object.entries(input.flags ?? {})) {
    const setting = settings.find((candidate) => candidate.name === name);
    if (setting === undefined) throw unknownKey(name, settings, 'flag');
    assign(setting, fromText(setting, text), `flag --${name}`);
  }
  values.data = path.resolve(values.data as string); // where it is now, whatever the working folder becomes
  const names = Object.keys(input.services ?? {});
  const services = Object.fromEntries(names.map((name) => [name, values[name] ?? {}]));
  const config = { ...(values as CoreSettings), services, sources, file, schema };
  return { config, warnings };
}

/** What was parsed already: sections are asked for with every request. */
const parsed = new WeakMap<object, Map<string, { schema: TObject; section: unknown }>>();

/** The section of a service, as its own schema types it. */
export function settingsOf<T extends TObject>(config: Config, service: string, schema: T): Static<T> {
  const sections = parsed.get(config) ?? new Map<string, { schema: TObject; section: unknown }>();
  parsed.set(config, sections);
  const known = sections.get(service);
  if (known?.schema === schema) return known.section as Static<T>;
  const section = Value.Parse(schema, config.services[service] ?? {});
  sections.set(service, { schema, section });
  return section;
}

type Assign = (setting: Setting, value: unknown, source: string) => void;

/** Returns the file that was read. */
function readFile(
  file: string | undefined,
  settings: readonly Setting[],
  assign: Assign,
): string | undefined {
  const name = file ?? 'orrery.yaml';
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (cause) {
    if (file === undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AppError(
      'invalid',
      'config.file-unreadable',
      `The settings file ${name} cannot be read: ${messageOf(cause)}`,
    );
  }
  const document = parseDocument(text);
  const problem = document.errors[0];
  if (problem !== undefined) {
    throw new AppError('invalid', 'config.file-broken', `${name}: ${problem.message}`, {
      next: 'Correct the YAML there.',
    });
  }
  const walk = (node: unknown, at: string[]): void => {
    const setting = settings.find((candidate) => candidate.name === at.join('.'));
    if (setting !== undefined) {
      assign(setting, node, name);
      return;
    }
    const isSection = settings.some((candidate) => candidate.name.startsWith(`${at.join('.')}.`));
    if (at.length > 0 && !isSection) throw unknownKey(at.join('.'), settings, name);
    if (node === null && at.length > 0) return;
    if (typeof node !== 'object' || node === null || Array.isArray(node)) {
      if (node === null) return;
      throw new AppError(
        'invalid',
        'config.value-refused',
        `${name}: "${at.join('.')}" must be a section with settings.`,
      );
    }
    for (const [key, value] of Object.entries(node)) walk(value, [...at, key]);
  };
  walk(document.toJS({ maxAliasCount: 10 }) as unknown, []);
  return path.resolve(name);
}

function readEnvironment(
  environment: NodeJS.ProcessEnv,
  settings: readonly Setting[],
  assign: Assign,
): string[] {
  const warnings: string[] = [];
  const byName = new Map(settings.map((setting) => [setting.environment, setting]));
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('ORRERY_') || text === undefined || outsideSettings.test(name)) continue;
    const setting = byName.get(name);
    const fromFile = name.endsWith('_FILE') ? byName.get(name.slice(0, -5)) : undefined;
    if (setting !== undefined) {
      assign(setting, fromText(setting, text), name);
    } else if (fromFile?.schema.secret === true) {
      assign(fromFile, fromText(fromFile, readSecretFile(name, text)), name);
    } else {
      const near = closest(name, [...byName.keys()]);
      warnings.push(`${name} is not a setting${near === undefined ? '' : `; did you mean ${near}?`}`);
    }
  }
  return warnings;
}

/** Variables of tests, tools and commands that share the prefix. */
const outsideSettings = /^ORRERY_(TEST_|BENCH_|CHAOS_|PILOT3$|CONFIG$|URL$|TOKEN$|TOKEN_FILE$)/;

function readSecretFile(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new AppError(
      'invalid',
      'config.file-unreadable',
      `${name}: ${file} cannot be read: ${messageOf(cause)}`,
    );
  }
}

/** Environment variables and flags are text; the schema says what they stand for. */
function fromText(setting: Setting, text: string): unknown {
  switch (setting.schema.type) {
    case 'integer':
    case 'number':
      return text.trim() === '' ? text : Number(text);
    case 'boolean':
      return /^(true|yes|on|1)$/i.test(text) ? true : /^(false|no|off|0)$/i.test(text) ? false : text;
    case 'array':
      return text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');
    case 'object':
      try {
        return JSON.parse(text) as unknown;
      } catch {
        return text;
      }
    default:
      return text;
  }
}

function place(values: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = values;
  for (const key of path.slice(0, -1)) {
    at[key] ??= {};
    at = at[key] as Record<string, unknown>;
  }
  const last = path.at(-1) as string;
  if (value !== undefined) at[last] = value;
}

function refused(setting: Setting, value: unknown, source: string): AppError {
  const shown = setting.schema.secret === true ? 'the given value' : JSON.stringify(value);
  return new AppError(
    'invalid',
    'config.value-refused',
    `${source}: ${setting.name} cannot be ${shown}; it must be ${expected(setting)}.`,
    {
      next: setting.schema.description ?? '',
    },
  );
}

function expected(setting: Setting): string {
  const { schema } = setting as {
    schema: {
      type?: string;
      expects?: string;
      anyOf?: Array<{ const?: unknown }>;
      minimum?: number;
      maximum?: number;
      minLength?: number;
    };
  };
  if (schema.expects !== undefined) return schema.expects;
  if (schema.anyOf !== undefined)
    return `one of ${schema.anyOf.map((option) => String(option.const)).join(', ')}`;
  const parts = [
    schema.type === 'integer'
      ? 'a whole number'
      : schema.type === 'array'
        ? 'a list'
        : `a ${schema.type ?? 'value'}`,
  ];
  if (schema.minimum !== undefined) parts.push(`not below ${schema.minimum}`);
  if (schema.maximum !== undefined) parts.push(`not above ${schema.maximum}`);
  if (schema.minLength !== undefined) parts.push(`at least ${schema.minLength} characters long`);
  return parts.join(', ');
}

function unknownKey(name: string, settings: readonly Setting[], source: string): AppError {
  const near = closest(
    name,
    settings.map((setting) => setting.name),
  );
  return new AppError('invalid', 'config.key-unknown', `${source}: there is no setting "${name}".`, {
    next:
      near === undefined ? 'See "orrery serve --print-config" for all settings.' : `Did you mean "${near}"?`,
  });
}
