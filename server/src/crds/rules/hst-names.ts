/** Letters of the Hubble instruments in names of files. */
const letters: ReadonlyMap<string, string> = new Map([
  ['acs', 'j'],
  ['wfc3', 'i'],
  ['stis', 'o'],
  ['cos', 'l'],
  ['wfpc2', 'u'],
  ['nicmos', 'n'],
  ['multi', 'm'],
  ['synphot', 'm'],
]);

const years = 'abcdefghijklmnopqrstuvwxyz0123456789';

/**
 * Name for a new Hubble reference file (crds 13.2.7): eight characters of universal time to two seconds, the letter
 * of the instrument, `_` and the suffix of its type, the extension with its dot. Two files need times that differ by
 * two seconds. Undefined for an instrument without a letter.
 */
export function hstUniqueName(
  instrument: string,
  suffix: string,
  extension: string,
  now: Date,
): string | undefined {
  const letter = letters.get(instrument.toLowerCase());
  if (letter === undefined) return undefined;
  const year = years.charAt((((now.getUTCFullYear() - 1990) % 36) + 36) % 36);
  const month = (now.getUTCMonth() + 1).toString(36);
  const day = now.getUTCDate().toString(36);
  const hour = String(now.getUTCHours()).padStart(2, '0');
  const minute = String(now.getUTCMinutes()).padStart(2, '0');
  const second = Math.floor(now.getUTCSeconds() / 2).toString(36);
  return `${year}${month}${day}${hour}${minute}${second}${letter}_${suffix}${extension}`;
}
