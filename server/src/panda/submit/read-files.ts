import type { FileAttributes } from '../jobs/file.ts';
import { type JobFields, jobRefused } from './fields.ts';
import type { NewFile } from './job.ts';

const mostFiles = 20_000;

/** Where the attributes of the files stand in the lists of a dictionary. */
const inputKeys = {
  prodDBlock: 'prodDBlocks',
  prodDBlockToken: 'prodDBlockToken',
  dispatchDBlock: 'dispatchDblock',
  dispatchDBlockToken: 'dispatchDBlockToken',
} as const;
const outputKeys = {
  destinationDBlock: 'destinationDblock',
  destinationDBlockToken: 'destinationDBlockToken',
  dispatchDBlockToken: 'dispatchDBlockTokenForOut',
  destinationSE: 'fileDestinationSE',
  prodDBlockToken: 'prodDBlockTokenForOutput',
} as const;

/**
 * The files of a job, from the comma lists of its dictionary. All lists go with `inFiles` or `outFiles`, position by
 * position; `outFiles` has the log in it, `scopeOut` has not (pilot3 3.11.5.1, `JobData`).
 */
export function readFiles(fields: JobFields): NewFile[] {
  const files = [...readInputs(fields), ...readOutputs(fields)];
  if (files.length > mostFiles) {
    throw jobRefused(`The job names ${files.length} files.`, `Name at most ${mostFiles}.`);
  }
  return files;
}

function readInputs(fields: JobFields): NewFile[] {
  const names = namesOf(fields, 'inFiles');
  const column = columns(fields, 'inFiles', names.length);
  const guids = column('GUID');
  const sizes = column('fsize');
  const checksums = column('checksum');
  const scopes = column('scopeIn');
  const endpoints = column('ddmEndPointIn');
  const datasets = column('realDatasetsIn');
  const travelling = attributeColumns(inputKeys, column);
  return names.map((lfn, n) => ({
    type: 'input',
    lfn,
    scope: scopes[n] ?? null,
    dataset: datasets[n] ?? null,
    guid: guids[n] ?? null,
    sizeBytes: sizeOf(sizes[n]),
    checksum: checksums[n]?.replace(/^md:/, 'md5:') ?? null,
    endpoint: endpoints[n] ?? null,
    optional: false,
    attributes: travelling(n),
  }));
}

function readOutputs(fields: JobFields): NewFile[] {
  const names = namesOf(fields, 'outFiles');
  const log = fields.text('logFile', 500);
  if (log !== null && !names.includes(log)) {
    throw jobRefused(
      `The log ${log} does not stand in outFiles.`,
      'Add it there; every list of outputs has an entry for it but scopeOut.',
    );
  }
  const column = columns(fields, 'outFiles', names.length);
  const endpoints = column('ddmEndPointOut');
  const datasets = column('realDatasets');
  const travelling = attributeColumns(outputKeys, column);
  const optional = new Set(fields.list('allowNoOutput'));
  const scopes = outputScopes(fields, names, log);
  const logGuid = fields.text('logGUID', 100);
  return names.map((lfn, n) => ({
    type: lfn === log ? 'log' : 'output',
    lfn,
    scope: scopes[n] ?? null,
    dataset: datasets[n] ?? null,
    guid: lfn === log ? logGuid : null,
    sizeBytes: null,
    checksum: null,
    endpoint: endpoints[n] ?? null,
    optional: optional.has(lfn),
    attributes: travelling(n),
  }));
}

function outputScopes(fields: JobFields, names: readonly string[], log: string | null): Array<string | null> {
  const logScope = fields.text('scopeLog', 500);
  const wanted = names.filter((name) => name !== log).length;
  const scopes = columns(fields, 'outFiles without the log', wanted)('scopeOut');
  return names.map((name) => (name === log ? logScope : (scopes.shift() ?? null)));
}

function namesOf(fields: JobFields, key: string): string[] {
  const names = fields.list(key).map((name) => {
    if (name === null || name.length > 500 || /\p{Cc}/u.test(name)) {
      throw jobRefused(`A name in ${key} is empty, too long or not a name.`, 'Correct the list.');
    }
    return name;
  });
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice === undefined) return names;
  throw jobRefused(`${key} names ${twice} twice.`, 'Name each file once.');
}

/** Reads lists that go with the list `main`: empty ones, or of the same length. */
function columns(fields: JobFields, main: string, length: number) {
  return (key: string): Array<string | null> => {
    const list = fields.list(key);
    if (list.length === 0) return [];
    if (list.length === length) return list;
    throw jobRefused(
      `${key} has ${list.length} entries, ${main} has ${length}.`,
      'Give both lists the same length, with NULL where there is no value.',
    );
  };
}

function attributeColumns(
  keys: Readonly<Record<string, string>>,
  column: (key: string) => Array<string | null>,
): (n: number) => FileAttributes {
  const lists = Object.entries(keys).map(([name, key]) => [name, column(key)] as const);
  return (n) =>
    Object.fromEntries(lists.flatMap(([name, list]) => (list[n] == null ? [] : [[name, list[n]]])));
}

function sizeOf(text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null;
  const size = Number(text);
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw jobRefused('fsize has an entry that is no size in bytes.', 'Write whole numbers.');
}
