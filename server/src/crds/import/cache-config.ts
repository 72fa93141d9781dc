import { AppError } from '../../core/errors.ts';
import { openBeneath } from '../../core/files/index.ts';
import { LiteralError, type PythonValue, readPythonLiteral } from '../../core/read-python-literal.ts';
import { isFileName } from '../catalogue/file-name.ts';
import { isMappingName } from '../rules/names.ts';
import { decodeResult } from './encoded-result.ts';
import { type Fields, isFields } from './fields.ts';
import type { Expected } from './place-file.ts';
import type { Problem } from './problem.ts';
import { reason } from './walk.ts';

/** What a cache remembers of its server (crds 13.2.7: `config/<observatory>/server_config` and `bad_files.txt`). */
export interface CacheConfig {
  contexts: Partial<Record<'latest' | 'edit' | 'versions' | 'build', string>>;
  history: Array<{ startedAt: Date; context: string; description: string }>;
  badFiles: string[];
  /** Size and SHA-1 of every file that the server knew. */
  files: Map<string, Expected>;
}

/** With 200,000 files it has about 20 MB. */
const maxBytes = 256 * 1024 * 1024;

/** Reads what is there of it; what is wrong is told and left out. A folder without it gives an empty one. */
export async function readCacheConfig(
  folder: string,
  config: string | null,
  observatory: string,
  note: (problem: Problem) => void,
): Promise<CacheConfig> {
  const empty: CacheConfig = { contexts: {}, history: [], badFiles: [], files: new Map() };
  if (config === null) return empty;
  const place = `${config}/server_config`.replace(/^\.\//, '');
  const warn = (message: string, at: { line?: number; column?: number } = {}) =>
    note({ severity: 'warning', path: place, message, ...at });
  const read = (name: string) => readText(folder, `${config}/${name}`, (message) => warn(message));
  const bad = (await read('bad_files.txt'))?.split('\n').map((name) => name.trim()) ?? [];
  const text = await read('server_config');
  const config_ = text === undefined ? {} : parse(text, warn);
  if (config_.observatory !== undefined && config_.observatory !== observatory) {
    warn(`belongs to the observatory ${JSON.stringify(config_.observatory)}, and was not used`);
    return empty;
  }
  const facts = factsOf(config_, warn);
  return { ...facts, badFiles: [...new Set([...bad, ...facts.badFiles])].filter(isFileName) };
}

/** What a server says of itself (crds 13.2.7: `get_server_info`); what cannot be read is told and left out. */
export function factsOf(info: { [name: string]: PythonValue }, warn: (message: string) => void): CacheConfig {
  const listed = Array.isArray(info.bad_files_list) ? info.bad_files_list : [];
  return {
    contexts: contextsOf(info),
    history: historyOf(info.context_history),
    badFiles: listed.filter((name) => typeof name === 'string').filter(isFileName),
    files: filesOf(info.download_metadata, warn),
  };
}

function fieldsOf(value: PythonValue | undefined): Fields {
  return isFields(value) ? value : {};
}

function parse(
  text: string,
  warn: (message: string, at?: { line?: number; column?: number }) => void,
): Fields {
  try {
    return fieldsOf(readPythonLiteral(text));
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error;
    warn(`expected ${error.expected}; what the cache knows of contexts is not used`, {
      line: error.line,
      column: error.column,
    });
    return {};
  }
}

async function readText(
  folder: string,
  relative: string,
  warn: (message: string) => void,
): Promise<string | undefined> {
  try {
    const handle = await openBeneath(folder, relative);
    try {
      const { size } = await handle.stat();
      if (size <= maxBytes) return await handle.readFile('utf8');
      warn(`${relative} has more than ${maxBytes} bytes`);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof AppError && error.kind === 'missing')) warn(`cannot be read: ${reason(error)}`);
  }
  return undefined;
}

function contextsOf(config: Fields): CacheConfig['contexts'] {
  const wanted = {
    latest: config.operational_context ?? config.latest_context,
    edit: config.edit_context,
    versions: config.versions_context,
    build: config.build_context,
  };
  return Object.fromEntries(
    Object.entries(wanted).filter(([, name]) => typeof name === 'string' && isContext(name)),
  );
}

function isContext(name: string): boolean {
  return name.endsWith('.pmap') && isMappingName(name);
}

function historyOf(value: PythonValue | undefined): CacheConfig['history'] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((row) => {
    if (!Array.isArray(row)) return [];
    const [date, context, description] = row;
    if (typeof date !== 'string' || typeof context !== 'string' || !isContext(context)) return [];
    if (!/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?$/.test(date)) return [];
    const startedAt = new Date(`${date.replace(' ', 'T').slice(0, 23)}Z`);
    // No date of the database has the year 0, and no text the character U+0000.
    if (Number.isNaN(startedAt.getTime()) || startedAt.getUTCFullYear() < 1) return [];
    const words = typeof description === 'string' ? description : '';
    return [{ startedAt, context, description: words.replaceAll('\u0000', '').toWellFormed() }];
  });
}

function filesOf(value: PythonValue | undefined, warn: (message: string) => void): Map<string, Expected> {
  const files = new Map<string, Expected>();
  if (value === undefined) return files;
  const decoded = decodeResult(value);
  if (decoded === undefined) warn('download_metadata cannot be read: sizes and sums are not known');
  for (const [name, record] of Object.entries(fieldsOf(decoded))) {
    const { size, sha1sum } = fieldsOf(record);
    const sizeBytes = typeof size === 'string' && /^\d{1,15}$/.test(size) ? Number(size) : null;
    const sha1 = typeof sha1sum === 'string' && /^[0-9a-f]{40}$/.test(sha1sum) ? sha1sum : null;
    if (isFileName(name)) files.set(name, { sizeBytes, sha1 });
  }
  return files;
}
