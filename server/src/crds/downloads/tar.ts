/** One file of an archive. */
export interface TarEntry {
  /** With `/` between the parts. */
  name: string;
  sizeBytes: number;
  modifiedAt: Date;
}

const block = 512;

/** What stands before the bytes of a file (POSIX ustar; pax for names that do not fit). */
export function tarHeader(entry: TarEntry): Buffer {
  const main = ustar(entry.name.slice(0, 100), entry.sizeBytes, entry.modifiedAt, '0');
  if (Buffer.byteLength(entry.name) <= 100 && entry.sizeBytes <= largestOctal) return main;
  const records = Buffer.from(paxRecord('path', entry.name) + paxRecord('size', String(entry.sizeBytes)));
  return Buffer.concat([
    ustar('pax-header', records.length, entry.modifiedAt, 'x'),
    records,
    tarPadding(records.length),
    main,
  ]);
}

/** What follows the bytes of a file. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((block - (sizeBytes % block)) % block);
}

/** What follows the last file. */
export const tarEnd: Buffer = Buffer.alloc(2 * block);

/** Eleven octal digits. */
const largestOctal = 0o77777777777;

function ustar(name: string, sizeBytes: number, modifiedAt: Date, type: '0' | 'x'): Buffer {
  const header = Buffer.alloc(block);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0, 100);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(Math.min(sizeBytes, largestOctal), 11), 124);
  header.write(octal(Math.max(0, Math.floor(modifiedAt.getTime() / 1000)), 11), 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\x0000', 257);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}
