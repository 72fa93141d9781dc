import { readHdus } from '../shared/preview/fits/hdus.ts';
import { gzipSource, isGzip } from '../shared/preview/gzip-source.ts';
import { type ByteSource, blobSource } from '../shared/preview/source.ts';
import { isAsdf, readAsdfTree } from './asdf-header.ts';

/** What a dropped file says of its exposure. */
export interface ExposureHeader {
  fileName: string;
  /** One value for each keyword. */
  values: ReadonlyMap<string, string>;
  hdus: number;
  bytesRead: number;
  sizeBytes: number;
  /** Why reading stopped early; null = all headers were read. */
  problem: string | null;
}

/** Cards that describe the file and not the exposure. */
const notOfTheExposure = new Set(['', 'COMMENT', 'HISTORY', 'CONTINUE', 'END', 'SIMPLE', 'XTENSION']);
/** The server takes no more parameters than this at once; real headers have a few hundred. */
const mostKeywords = 4000;

/** Reads the headers of a chosen file. None of its data are read, and nothing leaves the browser here. */
export async function readExposureHeader(file: File): Promise<ExposureHeader> {
  const source = blobSource(file);
  if (!isGzip(await source.read(0, 2))) return headerOf(source, file.name);
  const unpacked = await gzipSource(file);
  try {
    const header = await headerOf(unpacked, file.name);
    const problem = unpacked.problem() ?? header.problem;
    return { ...header, problem, bytesRead: unpacked.bytesRead(), sizeBytes: unpacked.sizeBytes };
  } finally {
    await unpacked.close();
  }
}

/** The headers of all units as one; of a keyword that comes again the first value holds (crds 13.2.7). */
export async function headerOf(source: ByteSource, fileName: string): Promise<ExposureHeader> {
  if (isAsdf(await source.read(0, 5))) {
    const tree = await readAsdfTree(source, mostKeywords);
    return { fileName, ...tree, hdus: 1, bytesRead: source.bytesRead(), sizeBytes: source.sizeBytes };
  }
  const { hdus, problem } = await readHdus(source);
  const values = new Map<string, string>();
  for (const { header } of hdus)
    for (const [keyword, value] of header.values) {
      if (value === null || notOfTheExposure.has(keyword) || values.has(keyword)) continue;
      if (values.size < mostKeywords) values.set(keyword, written(value));
    }
  return {
    fileName,
    values,
    hdus: hdus.length,
    bytesRead: source.bytesRead(),
    sizeBytes: source.sizeBytes,
    problem: hdus.length === 0 ? notFits(fileName, problem) : problem,
  };
}

function notFits(fileName: string, problem: string | null): string {
  if (/\.(fz|zip|bz2|xz)$/i.test(fileName)) return 'The file is packed. Unpack it first, or type its values.';
  return problem ?? 'The file has no header.';
}

const written = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? (value ? 'T' : 'F') : String(value).trim();
