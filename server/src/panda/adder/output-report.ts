import { randomUUID } from 'node:crypto';
import { parseJson } from '../front/values.ts';

/** What a pilot says of one file it has transferred. */
export interface ReportedFile {
  lfn: string;
  guid: string;
  sizeBytes: number | null;
  /** `ad:<adler32>` or `md5:<md5>`; the first of them is preferred. */
  checksum: string | null;
  surl: string | null;
  endpoint: string | null;
  /** The name under which it was stored, where that is another one. */
  fullLfn: string | null;
}

const mostFiles = 20_000;
const longestName = 1000;

/**
 * The files of a report, by name: JSON of pilot3 3.11.5.1, `{"<lfn>": {"guid", "fsize", "adler32" | "md5sum", "surl",
 * "endpoint", "full_lfn"}}`. Null when it cannot be read or a file lacks what it must have; an input needs neither size
 * nor checksum.
 */
export function readOutputReport(
  text: string,
  inputs: ReadonlySet<string>,
): ReadonlyMap<string, ReportedFile> | null {
  const entries = objectIn(text);
  if (entries === null) return null;
  const files = new Map<string, ReportedFile>();
  for (const [lfn, entry] of Object.entries(entries)) {
    const file = isObject(entry) ? readFile(lfn, entry) : null;
    if (file === null || lfn.length > longestName || files.size >= mostFiles) return null;
    if (!inputs.has(lfn) && (file.sizeBytes === null || file.checksum === null)) return null;
    files.set(lfn, file);
  }
  return files;
}

function readFile(lfn: string, entry: Readonly<Record<string, unknown>>): ReportedFile | null {
  // panda-pilot 3.7.0.36 has none for what it made itself and says so with an empty text: the file gets one here.
  const guid = entry.guid === '' ? randomUUID() : textOf(entry.guid);
  if (guid === null) return null;
  const size = sizeOf(entry.fsize);
  if (size === undefined) return null;
  const adler = textOf(entry.adler32);
  const md5 = textOf(entry.md5sum);
  return {
    lfn,
    guid,
    sizeBytes: size,
    checksum:
      adler !== null ? `ad:${adler}` : md5 !== null && /^[a-fA-F0-9]{32}$/.test(md5) ? `md5:${md5}` : null,
    surl: textOf(entry.surl),
    endpoint: textOf(entry.endpoint),
    fullLfn: textOf(entry.full_lfn),
  };
}

/** A size in bytes; null when there is none, undefined when it is no size. */
function sizeOf(value: unknown): number | null | undefined {
  if (value === undefined || value === null) return null;
  const size = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
  return typeof size === 'number' && Number.isSafeInteger(Math.trunc(size)) && size >= 0
    ? Math.trunc(size)
    : undefined;
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' || value === '' || value.length > 4000 || value.includes('\0')) return null;
  return value;
}

/** A JSON object; null for anything else. */
export function objectIn(text: string): Record<string, unknown> | null {
  const value = parseJson(text);
  return isObject(value) ? value : null;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
