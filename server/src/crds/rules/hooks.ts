import { DateError, reformatDate } from './dates.ts';
import { Failure } from './failure.ts';
import type { Header } from './header.ts';
import { floatText, quoted, readFloat, shown } from './python-text.ts';
import { conditionValue } from './values.ts';

/**
 * The few steps that HST rules name instead of saying them as clauses: they change a dataset's values before the
 * lookup, or after it failed (crds 13.2.7, modules of the HST instruments; the list is complete).
 */
export type Hook = (header: Header) => Header | Failure;

/** A hook by the name that a rule's header gives, undefined for one that does not exist (`none`). */
export function hookNamed(name: string): Hook | undefined {
  return hooks.get(name);
}

/** End of the fourth servicing mission's preparations: the detector works differently from then on. */
const sm4 = '2009-05-14 00:00:00';
/** From then on rules have clauses for subarrays, so that nothing has to be changed. */
const subarraysInRules = '2002-03-30 00:00:00';
const halfChipColumns = 2048;

/** What hooks look at: with equal values, and a date of exposure between the same two dates, they do the same. */
export const hookDates: readonly string[] = [subarraysInRules, sm4];
export const hookDateParameters: readonly string[] = ['DATE-OBS', 'TIME-OBS'];
export const hookParameters: readonly string[] = [
  ...['DETECTOR', 'CCDAMP', 'CCDGAIN', 'APERTURE', 'SUBARRAY', 'FILTER1', 'FILTER2', 'XCORNER', 'YCORNER'],
  ...['NUMCOLS', 'NUMROWS', 'NAXIS1', 'NAXIS2', 'LTV1', 'LTV2', 'RAW_LTV1', 'RAW_LTV2'],
];

const hooks: ReadonlyMap<string, Hook> = new Map<string, Hook>([
  ['precondition_header_acs_biasfile_v1', (header) => preconditionBias(header, 'NUMCOLS', 'NUMROWS')],
  ['precondition_header_acs_biasfile_v2', (header) => preconditionBias(header, 'NAXIS1', 'NAXIS2')],
  ['precondition_header_acs_biasfile_v3', preconditionBiasV3],
  ['fallback_header_acs_biasfile_v2', (header) => fullFrame(header, hook2, 'LTV1', 'LTV2')],
  [
    'fallback_header_acs_biasfile_v3',
    (header) => fullFrame(header, preconditionBiasV3, 'RAW_LTV1', 'RAW_LTV2'),
  ],
  ['precondition_header_wfc3_biasfile_v1', attempt(ignoreSubarrayAperture)],
  ['fallback_header_wfpc2_flatfile_v1', attempt(swapFilters)],
]);

function hook2(header: Header): Header | Failure {
  return preconditionBias(header, 'NAXIS1', 'NAXIS2');
}

/** A value that a hook needs and the header does not have. */
class MissingValue extends Error {}

function need(header: Header, name: string): string {
  const value = header.get(name);
  if (value === undefined) throw new MissingValue(quoted(name));
  return value;
}

/** What the original raises inside a hook is a failure of the lookup. */
function attempt(hook: (header: Header) => Header): Hook {
  return (header) => {
    try {
      return hook(header);
    } catch (error) {
      const isOfValues = [MissingValue, DateError, RangeError].some((kind) => error instanceof kind);
      if (error instanceof Error && isOfValues) return new Failure(error.message);
      throw error;
    }
  };
}

function preconditionBias(header: Header, columns: string, rows: string): Header | Failure {
  return attempt((given) => given.with(biasChanges(given, exposureTime(given), columns, rows)))(header);
}

function exposureTime(header: Header): string {
  return reformatDate(`${need(header, 'DATE-OBS')} ${need(header, 'TIME-OBS')}`);
}

function biasChanges(header: Header, time: string, columns: string, rows: string): Map<string, string> {
  const changes = new Map<string, string>();
  const isBefore = time < sm4;
  if (isBefore) changes.set('APERTURE', 'N/A');
  const width = whole(need(header, columns));
  if (width !== undefined) {
    changes.set(columns, conditionValue(String(width)));
    if (isBefore && width > halfChipColumns) {
      const amplifier = need(header, 'CCDAMP');
      if (amplifier === 'A' || amplifier === 'D') changes.set('CCDAMP', 'AD');
      else if (amplifier === 'B' || amplifier === 'C') changes.set('CCDAMP', 'BC');
    }
  }
  if (
    need(header, 'DETECTOR') === 'WFC' &&
    need(header, 'XCORNER') === '0.0' &&
    need(header, 'YCORNER') === '0.0'
  ) {
    const height = whole(need(header, rows));
    if (height !== undefined) changes.set(rows, conditionValue(floatText(height / 2)));
  }
  return changes;
}

/** `int(float(text))`; undefined for what is not a number. */
function whole(text: string): number | undefined {
  const value = readFloat(text);
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
    throw new RangeError('cannot convert float infinity to integer');
  }
  return value === undefined || Number.isNaN(value) ? undefined : Math.trunc(value);
}

function preconditionBiasV3(header: Header): Header | Failure {
  return attempt((given) => {
    const time = exposureTime(given);
    return needsPrecondition(given, time) ? given.with(biasChanges(given, time, 'NAXIS1', 'NAXIS2')) : given;
  })(header);
}

function needsPrecondition(header: Header, time: string): boolean {
  if (need(header, 'DETECTOR') !== 'WFC' || time < subarraysInRules) return true;
  const aperture = header.get('APERTURE');
  if (aperture === undefined || aperture === 'UNDEFINED') return true;
  const text = need(header, 'CCDGAIN');
  const gain = readFloat(text);
  if (gain === undefined) throw new RangeError(`could not convert string to float: ${shown(text)}`);
  return gain === 4 || gain === 8 || ['AD', 'BC'].includes(need(header, 'CCDAMP'));
}

/** Looks for the reference of the full frame instead. */
function fullFrame(header: Header, precondition: Hook, offset1: string, offset2: string): Header | Failure {
  const prepared = precondition(header);
  if (prepared instanceof Failure) return prepared;
  return attempt((given) => {
    for (const name of ['NAXIS1', 'NAXIS2', offset1, offset2]) need(given, name);
    const isWide = need(given, 'DETECTOR') === 'WFC';
    const isLower = isWide || ['C', 'D'].includes(need(given, 'CCDAMP'));
    return given.with(
      new Map([
        ['NAXIS1', isWide ? '4144.0' : '1062.0'],
        ['NAXIS2', isWide ? '2068.0' : '1044.0'],
        [offset1, isWide ? '24.0' : '19.0'],
        [offset2, isLower ? '0.0' : '20.0'],
      ]),
    );
  })(prepared);
}

function ignoreSubarrayAperture(header: Header): Header {
  const isElsewhere = need(header, 'SUBARRAY') === 'T' && !need(header, 'APERTURE').includes('SUB');
  return isElsewhere ? header.with(new Map([['APERTURE', 'N/A']])) : header;
}

function swapFilters(header: Header): Header {
  const first = need(header, 'FILTER1');
  const second = need(header, 'FILTER2');
  return header.with(
    new Map([
      ['FILTER1', second],
      ['FILTER2', first],
    ]),
  );
}
