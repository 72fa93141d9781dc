import type { FileAttributes, FileType } from '../jobs/file.ts';

/** What the dictionary of a job says of one file. */
export interface DocumentFile {
  type: FileType;
  lfn: string;
  scope?: string | null;
  dataset?: string | null;
  guid?: string | null;
  sizeBytes?: number | null;
  /** `ad:<adler32>` or `md5:<md5>`. */
  checksum?: string | null;
  endpoint?: string | null;
  /** May be missing from the pilot's report. */
  optional?: boolean;
  attributes?: FileAttributes;
}

const orNull = (text: string | null | undefined): string =>
  text === null || text === undefined || text === '' ? 'NULL' : text;

const listOf = (files: readonly DocumentFile[], read: (file: DocumentFile) => string): string =>
  files.map(read).join(',');

/**
 * The inputs as comma separated lists, position by position. A file that is named twice stands there once
 * (panda-server 1.0.3, `Response.appendJob`); pseudo inputs are not fetched and stand nowhere.
 */
export function inputLists(files: readonly DocumentFile[]): Record<string, string> {
  const inputs = distinctInputs(files);
  return {
    inFiles: listOf(inputs, ({ lfn }) => lfn),
    GUID: listOf(inputs, ({ guid }) => orNull(guid)),
    checksum: listOf(inputs, ({ checksum }) => wireChecksum(checksum)),
    fsize: listOf(inputs, ({ sizeBytes }) => String(sizeBytes ?? 0)),
    scopeIn: listOf(inputs, ({ scope }) => orNull(scope)),
    ddmEndPointIn: listOf(inputs, ({ endpoint }) => endpoint ?? ''),
    realDatasetsIn: listOf(inputs, ({ dataset }) => orNull(dataset)),
    prodDBlocks: listOf(inputs, ({ attributes }) => orNull(attributes?.prodDBlock)),
    prodDBlockToken: listOf(inputs, ({ attributes }) => orNull(attributes?.prodDBlockToken)),
    dispatchDblock: listOf(inputs, ({ attributes }) => orNull(attributes?.dispatchDBlock)),
    dispatchDBlockToken: listOf(inputs, ({ attributes }) => orNull(attributes?.dispatchDBlockToken)),
  };
}

/**
 * Outputs and log. Every list has an entry for each of `outFiles`, the log among them; only `scopeOut` leaves the log
 * out, because its scope is `scopeLog`: pilot3 3.11.5.1 puts the two together again.
 */
export function outputLists(files: readonly DocumentFile[]): Record<string, string> {
  const outputs = files.filter(({ type }) => type === 'output' || type === 'log');
  const log = outputs.findLast(({ type }) => type === 'log');
  const withoutLogs = outputs.filter(({ type }) => type === 'output');
  return {
    outFiles: listOf(outputs, ({ lfn }) => lfn),
    scopeOut: listOf(withoutLogs, ({ scope }) => orNull(scope)),
    scopeLog: log === undefined ? '' : orNull(log.scope),
    logFile: log?.lfn ?? '',
    logGUID: log?.guid ?? '',
    realDatasets: listOf(outputs, ({ dataset }) => orNull(dataset)),
    destinationDblock: listOf(outputs, ({ attributes }) => orNull(attributes?.destinationDBlock)),
    destinationDBlockToken: listOf(outputs, destinationToken),
    dispatchDBlockTokenForOut: listOf(outputs, ({ attributes }) => orNull(attributes?.dispatchDBlockToken)),
    ddmEndPointOut: listOf(outputs, ({ endpoint }) => endpoint ?? ''),
    fileDestinationSE: listOf(outputs, ({ attributes }) => orNull(attributes?.destinationSE)),
  };
}

/** Outputs that may be missing: those marked so, and those with the token `an` of the reference. */
export function listOptional(files: readonly DocumentFile[]): string {
  return files
    .filter(({ type }) => type === 'output' || type === 'log')
    .filter(
      ({ optional, attributes }) =>
        optional === true || attributes?.dispatchDBlockToken?.split(',').includes('an') === true,
    )
    .map(({ lfn }) => lfn)
    .join(',');
}

/** Tokens of the outputs for event service jobs. */
export function outputTokens(files: readonly DocumentFile[]): string {
  return files
    .filter(({ type }) => type === 'output' || type === 'log')
    .map(({ attributes }) => orNull(attributes?.prodDBlockToken))
    .join(',');
}

/** `tmpin_<dataset>:<lfn>,<lfn>^…`: the payload finds the names of its inputs in a file for each dataset. */
export function inputsByDataset(files: readonly DocumentFile[]): string {
  const byDataset = Map.groupBy(distinctInputs(files), ({ dataset }) => orNull(dataset));
  return [...byDataset]
    .map(([dataset, inputs]) => {
      const name = dataset.replace(/\/$/, '').split(':').at(-1);
      return `tmpin_${name}:${inputs.map(({ lfn }) => lfn).join(',')}`;
    })
    .join('^');
}

function distinctInputs(files: readonly DocumentFile[]): DocumentFile[] {
  const seen = new Set<string>();
  return files.filter(({ type, lfn }) => {
    if (type !== 'input' || seen.has(lfn)) return false;
    seen.add(lfn);
    return true;
  });
}

/** Pilots know `ad:` and `md:` (pilot3 3.11.5.1 takes any other prefix for adler32). */
function wireChecksum(checksum: string | null | undefined): string {
  return orNull(checksum).replace(/^md5:/, 'md:');
}

function destinationToken({ attributes }: DocumentFile): string {
  return orNull(attributes?.destinationDBlockToken?.split(',')[0]).replace(/^ddd:/, 'dst:');
}
