import type { ByteSource } from './source.ts';

/** Bytes that are unpacked at most: some seconds of work. */
const mostUnpacked = 512 * 1024 * 1024;

/** Whether bytes begin as gzip does. */
export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

export interface UnpackedSource extends ByteSource {
  /** Why no more was unpacked; null while nothing was wrong. */
  problem(): string | null;
  /** Stops reading the file. */
  close(): Promise<void>;
}

/**
 * The contents of a gzip file, unpacked as they are asked for and forwards only: what lies before the last `start`
 * is forgotten, so that memory holds no more than one part of a file of any size.
 */
export async function gzipSource(blob: Blob, most = mostUnpacked): Promise<UnpackedSource> {
  const reader = blob.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  let held = new Uint8Array(0);
  let heldAt = 0;
  let total = 0;
  let problem: string | null = null;
  let isOver = false;
  const stop = (why: string | null): void => {
    isOver = true;
    problem ??= why;
  };
  const pull = async (from: number): Promise<void> => {
    try {
      const { done, value } = await reader.read();
      if (done) return stop(null);
      total += value.length;
      held = joined(held, value);
      const passed = Math.min(Math.max(0, from - heldAt), held.length);
      held = held.slice(passed);
      heldAt += passed;
      if (total >= most) stop(`Only its first ${most / 1024 / 1024} MB were unpacked.`);
    } catch {
      stop('It is damaged, or was cut short: it cannot be unpacked to its end.');
    }
  };
  return {
    sizeBytes: await statedSize(blob),
    bytesRead: () => total,
    problem: () => problem,
    async read(start, end, signal) {
      while (!isOver && heldAt + held.length < end) {
        signal?.throwIfAborted();
        await pull(start);
      }
      return held.slice(Math.max(0, start - heldAt), Math.max(0, end - heldAt));
    },
    async close() {
      isOver = true;
      await reader.cancel().catch(() => undefined);
    },
  };
}

/** What the last four bytes say of the unpacked size; a file of several parts says that of its last one. */
async function statedSize(blob: Blob): Promise<number> {
  const tail = await blob.slice(-4).arrayBuffer();
  const stated = tail.byteLength === 4 ? new DataView(tail).getUint32(0, true) : 0;
  return Math.max(stated, blob.size);
}

function joined(first: Uint8Array<ArrayBuffer>, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
