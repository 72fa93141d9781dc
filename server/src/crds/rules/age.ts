import { serialOf } from './names.ts';
import { compareText } from './values.ts';

/**
 * The ways in which files have been named. Synphot tables and dated names exist in an older form that begins with a
 * letter and a newer one that begins with a digit.
 */
type Naming = 'serial' | 'oldDated' | 'newDated' | 'oldSynphot' | 'newSynphot';

/**
 * Whether the file `a` is newer than `b`, judging by their names (crds 13.2.7, `newer`); undefined when their names
 * are not comparable. `N/A` is older than everything.
 */
export function compareNewer(a: string, b: string): boolean | undefined {
  if (a === 'N/A') return false;
  if (b === 'N/A') return true;
  const left = namingOf(a);
  const right = namingOf(b);
  if (left === right) return left === 'serial' ? isLaterSerial(a, b) : compareText(a, b) > 0;
  return newerNamings.get(left) === right ? true : newerNamings.get(right) === left ? false : undefined;
}

const newerNamings: ReadonlyMap<Naming, Naming> = new Map([
  ['serial', 'oldDated'],
  ['newDated', 'oldDated'],
  ['newSynphot', 'oldSynphot'],
]);

const observatories = ['hst', 'jwst', 'roman', 'tobs'];
const serialName = /^[a-z]{2,9}_[a-z][a-z0-9]{1,16}_[a-z][a-z0-9-]{1,32}_\d{4,15}\./;

/** Names that follow no rule are mistakes; they count as the oldest, so that anything replaces them. */
function namingOf(name: string): Naming {
  if (observatories.some((observatory) => name.startsWith(observatory)) || serialName.test(name))
    return 'serial';
  const startsWithDigit = /^\d/.test(name);
  if (/^[A-Za-z0-9]{8}m_tm[cgt]\.[A-Za-z0-9]{1,6}$/.test(name))
    return startsWithDigit ? 'newSynphot' : 'oldSynphot';
  return startsWithDigit && /^[A-Za-z0-9]{9}_[A-Za-z0-9]{1,8}\.[A-Za-z0-9]{1,6}$/.test(name)
    ? 'newDated'
    : 'oldDated';
}

function isLaterSerial(a: string, b: string): boolean {
  const left = formatRank(a);
  const right = formatRank(b);
  return left === right ? serialOf(a) > serialOf(b) : left > right;
}

const formats = ['.fits', '.json', '.yaml', '.asdf'];

/** Formats in the order in which observatories took them up. */
function formatRank(name: string): number {
  const extension = /\.[^.]*$/.exec(name)?.[0] ?? '';
  if (/^\.r\d[hd]/.test(extension)) return 0;
  const rank = formats.indexOf(extension);
  return rank < 0 ? formats.length + 1 : rank + 1;
}
