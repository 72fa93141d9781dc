import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';

/** Writes chunks to a new file, compressed (zstd) and flushed to the disk; the SHA-256 is that of the file. */
export async function writePacked(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  file: string,
): Promise<{ sha256: string; fileBytes: number }> {
  const digest = createHash('sha256');
  let fileBytes = 0;
  await pipeline(
    chunks,
    createZstdCompress(),
    async function* measure(packed: AsyncIterable<Buffer>) {
      for await (const chunk of packed) {
        digest.update(chunk);
        fileBytes += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }),
  );
  return { sha256: digest.digest('hex'), fileBytes };
}

/** The chunks back, in constant memory. */
export async function* readPacked(file: string): AsyncGenerator<Buffer> {
  const unpack = createZstdDecompress();
  const read = pipeline(createReadStream(file), unpack);
  read.catch(() => {}); // the loop below throws the same error
  for await (const chunk of unpack) yield chunk as Buffer;
  await read;
}

/** Whole lines of a packed text file. */
export async function* readPackedLines(file: string): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of readPacked(file)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() as string;
    yield* lines;
  }
}

/** SHA-256 and size of a file as it lies on the disk. */
export async function hashFile(
  file: string,
  onBytes: (bytes: number) => void = () => {},
): Promise<{ sha256: string; fileBytes: number }> {
  const digest = createHash('sha256');
  let fileBytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    digest.update(chunk as Buffer);
    fileBytes += (chunk as Buffer).length;
    onBytes((chunk as Buffer).length);
  }
  return { sha256: digest.digest('hex'), fileBytes };
}
