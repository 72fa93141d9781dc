import { readHdus } from '../shared/preview/fits/hdus.ts';
import { type ByteSource, blobSource } from '../shared/preview/source.ts';

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
export const readExposureHeader = (file: File): Promise<ExposureHeader> =>
  headerOf(blobSource(file), file.name);

/** The headers of all units as one; of a keyword that comes again the first value holds (crds 13.2.7). */
export async function headerOf(source: ByteSource, fileName: string): Promise<ExposureHeader> {
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
  if (/\.(gz|fz|zip)$/i.test(fileName)) return 'The file is packed. Unpack it first, or type its values.';
  if (/\.asdf$/i.test(fileName)) return 'ASDF files cannot be read here. Type their values, or give an id.';
  return problem ?? 'The file has no header.';
}

const written = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? (value ? 'T' : 'F') : String(value).trim();
