import type { Core } from '../../core/core.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import { digestsOf } from '../catalogue/digests.ts';
import type { NewFile } from '../catalogue/file.ts';
import { addFiles } from '../catalogue/files.store.ts';
import { type Expected, fileDiffers } from '../import/place-file.ts';
import { faultText, findingFault } from '../rules/fault.ts';
import { MappingError } from '../rules/mapping-error.ts';
import { readingMapping } from '../rules/read.ts';
import { inTurns } from '../rules/steps.ts';
import { filesOf } from '../rules/uses.ts';
import { forgetFailures, noteFailure, notHere, unknownHere } from './mirror.store.ts';
import { filesOfUpstream, newFileOf } from './record.ts';
import type { Upstream, UpstreamInfo, UpstreamRecord } from './upstream.ts';

export interface Listener {
  signal: AbortSignal;
  progress(fraction: number | null, note: string): void;
}

/** What of the upstream server's files is here now. */
export interface FilesTakenIn {
  files: number;
  missingMappings: string[];
  /** Why the first of the missing ones is missing. */
  firstError: string;
}

/** Names whose records are asked for at once, and mappings that are entered in one transaction. */
const recordsTogether = 500;
const mappingsTogether = 50;
const downloadsAtOnce = 8;
/** The largest mapping ever published has 4 MB. */
const mostMappingBytes = 64 * 1024 * 1024;

/**
 * Brings the catalogue to what the upstream server has: unknown references by their record (their bytes come when
 * they are asked for), missing mappings with their bytes, verified. What was entered before an interruption stays, so
 * that a run that was killed goes on where it ended.
 */
export async function takeInFiles(
  core: Core,
  observatory: string,
  upstream: Upstream,
  info: UpstreamInfo,
  listener: Listener,
): Promise<FilesTakenIn> {
  const files = filesOfUpstream(info);
  const names = [...files.keys()];
  await takeInReferences(core, observatory, upstream, files, listener);
  const mappings = names.filter((name) => /\.[pir]map$/.test(name));
  const missing = await notHere(core.db.sql, observatory, mappings);
  let firstError = '';
  for (let at = 0; at < missing.length; at += mappingsTogether) {
    listener.signal.throwIfAborted();
    const batch = missing.slice(at, at + mappingsTogether);
    const error = await takeInMappings(core, observatory, upstream, info, batch, listener.signal);
    firstError ||= error;
    listener.progress(
      (at + batch.length) / missing.length,
      `mapping ${at + batch.length} of ${missing.length}`,
    );
  }
  return {
    files: files.size,
    missingMappings: missing.length === 0 ? [] : await notHere(core.db.sql, observatory, mappings),
    firstError,
  };
}

async function takeInReferences(
  core: Core,
  observatory: string,
  upstream: Upstream,
  files: ReadonlyMap<string, Expected>,
  listener: Listener,
): Promise<void> {
  const references = [...files.keys()].filter((name) => !/\.[pir]map$/.test(name));
  const unknown = await unknownHere(core.db.sql, observatory, references);
  for (let at = 0; at < unknown.length; at += recordsTogether) {
    listener.signal.throwIfAborted();
    const batch = unknown.slice(at, at + recordsTogether);
    const records = await recordsOf(upstream, batch, listener.signal);
    const rows = batch.map((name): NewFile => {
      const record = records.get(name);
      return {
        ...newFileOf(name, files.get(name) ?? {}, record),
        kind: 'reference',
        state: 'archived',
        place: 'upstream',
      };
    });
    await core.db.transaction((tx) => addFiles(tx, observatory, rows));
    listener.progress(null, `reference ${at + batch.length} of ${unknown.length}`);
  }
}

/** Servers of old do not know the method; then the catalogue knows names, sizes and sums alone. */
async function recordsOf(
  upstream: Upstream,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, UpstreamRecord>> {
  try {
    return await upstream.records(names, signal);
  } catch (error) {
    if (error instanceof AppError && error.message.includes('it refuses get_file_info_map')) return new Map();
    throw error;
  }
}

/** Returns why one of them could not be had; empty when all could. */
async function takeInMappings(
  core: Core,
  observatory: string,
  upstream: Upstream,
  info: UpstreamInfo,
  names: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const records = await recordsOf(upstream, names, signal);
  const rows: NewFile[] = [];
  let firstError = '';
  const waiting = [...names];
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      try {
        const expected = info.files.get(name) ?? {};
        const content = await download(upstream, `${info.mappingUrl}${name}`, expected, signal);
        rows.push({
          ...(await readRules(name, content, expected)),
          ...textsOf(newFileOf(name, {}, records.get(name))),
        });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AppError || error instanceof MappingError)) throw error;
        firstError ||= `${name}: ${messageOf(error)}`;
        await noteFailure(core.db.sql, observatory, name, messageOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: downloadsAtOnce }, work));
  await core.db.transaction(async (tx) => {
    await addFiles(tx, observatory, rows);
    await forgetFailures(
      tx,
      observatory,
      rows.map(({ name }) => name),
    );
  });
  return firstError;
}

async function download(
  upstream: Upstream,
  url: string,
  expected: Expected,
  signal: AbortSignal,
): Promise<Buffer> {
  const stream = await upstream.download(url, expected.sizeBytes ?? mostMappingBytes, signal);
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stream) {
    bytes += (part as Buffer).length;
    if (bytes > (expected.sizeBytes ?? mostMappingBytes))
      throw fileDiffers(url, `more than ${expected.sizeBytes ?? mostMappingBytes} bytes`);
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

/** A mapping that was proven: its bytes are what the server said, its rules can be read and have their own sum. */
async function readRules(name: string, content: Buffer, { sizeBytes, sha1 }: Expected): Promise<NewFile> {
  if (sizeBytes != null && content.length !== sizeBytes) {
    throw fileDiffers(name, `${content.length} bytes instead of ${sizeBytes}`);
  }
  const found = digestsOf(content);
  if (sha1 != null && found.sha1 !== sha1) {
    throw fileDiffers(name, `the SHA-1 ${found.sha1} instead of ${sha1}`);
  }
  const text = content.toString('utf8');
  const mapping = await inTurns(readingMapping(text, { name }));
  const fault = await inTurns(findingFault(mapping));
  return {
    name,
    kind: 'mapping',
    state: 'archived',
    content,
    uses: filesOf(mapping, text),
    ...(fault === null ? {} : { fault: faultText(fault) }),
  };
}

/** Size and sums follow from the contents. */
function textsOf({ sizeBytes: _size, sha1: _sha1, ...texts }: NewFile): NewFile {
  return texts;
}
