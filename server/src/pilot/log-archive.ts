import { createWriteStream } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Files beyond this are named in the log, but not put into it. */
const maxFileBytes = 100 * 1024 * 1024;
const block = 512;

interface Entry {
  name: string;
  file: string;
  sizeBytes: number;
  modifiedSeconds: number;
  mode: number;
}

/**
 * Writes the log of a job: a gzip tar of its folder without the files named in `without`, all below `prefix`.
 * Links and special files are left out.
 */
export async function writeLogArchive(
  folder: string,
  target: string,
  prefix: string,
  without: ReadonlySet<string>,
): Promise<void> {
  const entries = await entriesOf(folder, prefix, without);
  await pipeline(Readable.from(tar(entries)), createGzip(), createWriteStream(target));
}

async function entriesOf(folder: string, prefix: string, without: ReadonlySet<string>): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const item of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue;
    const file = path.join(item.parentPath, item.name);
    const relative = path.relative(folder, file);
    if (without.has(relative)) continue;
    // Payloads remove files while they end.
    const status = await lstat(file).catch(() => null);
    if (status === null || status.size > maxFileBytes) continue;
    found.push({
      name: `${prefix}/${relative}`,
      file,
      sizeBytes: status.size,
      modifiedSeconds: Math.max(0, Math.floor(status.mtimeMs / 1000)),
      mode: status.mode & 0o755,
    });
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function* tar(entries: readonly Entry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    const handle = await open(entry.file, 'r').catch(() => null);
    if (handle === null) continue;
    try {
      yield* headersOf(entry);
      // Exactly as many bytes as the header says, though the file may grow or shrink meanwhile.
      let left = entry.sizeBytes;
      while (left > 0) {
        const part = Buffer.alloc(Math.min(left, 256 * 1024));
        const { bytesRead } = await handle.read(part, 0, part.length);
        if (bytesRead === 0) part.fill(0);
        yield bytesRead === 0 ? part : part.subarray(0, bytesRead);
        left -= bytesRead === 0 ? part.length : bytesRead;
      }
    } finally {
      await handle.close();
    }
    yield padding(entry.sizeBytes);
  }
  yield Buffer.alloc(2 * block);
}

function padding(sizeBytes: number): Buffer {
  return Buffer.alloc((block - (sizeBytes % block)) % block);
}

/** A header of POSIX ustar; a name that does not fit comes before it as an extended header (pax). */
function* headersOf(entry: Entry): Generator<Buffer> {
  const bytes = Buffer.from(entry.name);
  if (bytes.length > 100) {
    const record = paxRecord('path', entry.name);
    yield header('././@PaxHeader', record.length, 0o644, entry.modifiedSeconds, 'x');
    yield record;
    yield padding(record.length);
  }
  yield header(
    bytes.subarray(0, 100).toString('latin1'),
    entry.sizeBytes,
    entry.mode,
    entry.modifiedSeconds,
    '0',
  );
}

/** `LENGTH name=value\n`, where the length counts itself. */
function paxRecord(name: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${name}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return Buffer.from(`${length} ${name}=${value}\n`);
}

function header(
  name: string,
  sizeBytes: number,
  mode: number,
  modifiedSeconds: number,
  kind: string,
): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, at: number, width: number): void => {
    bytes.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  };
  bytes.write(name, 0, 100, 'latin1');
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(sizeBytes, 124, 12);
  octal(modifiedSeconds, 136, 12);
  bytes.write('        ', 148, 'latin1');
  bytes.write(kind, 156, 'latin1');
  bytes.write('ustar\u000000', 257, 'latin1');
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}
