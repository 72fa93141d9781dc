import { jwstPaths } from './jwst-keywords.ts';

/** What differs between observatories. Any name that is not known here is treated like the test observatory. */
export interface Traits {
  readonly observatory: string;
  /** Parameters that every type asks for besides its own. */
  readonly extraParameters: readonly string[];
  /** How the names of a header become those of the rules; undefined: they are used as they come. */
  readonly translate: ((name: string) => string) | undefined;
  /** Whether the named hooks of HST instruments exist. */
  readonly hasHooks: boolean;
  /** Whether gains 0.5 and 1.4 of the wide field camera mark data that is not processed again. */
  readonly hasUnprocessedGains: boolean;
  /** How new contexts write the names of instruments and of types. */
  readonly instrumentCase: 'upper' | 'lower';
  readonly typeCase: 'upper' | 'lower';
}

const plain = {
  extraParameters: [],
  translate: undefined,
  hasHooks: false,
  hasUnprocessedGains: false,
  instrumentCase: 'upper',
  typeCase: 'lower',
} as const;

const known: ReadonlyMap<string, Traits> = new Map<string, Traits>([
  ['hst', { ...plain, observatory: 'hst', hasHooks: true, hasUnprocessedGains: true }],
  [
    'jwst',
    {
      ...plain,
      observatory: 'jwst',
      extraParameters: ['META.VISIT.TSOVISIT', 'META.INSTRUMENT.LAMP_STATE'],
      translate: jwstName,
      typeCase: 'upper',
    },
  ],
  ['roman', { ...plain, observatory: 'roman', translate: romanName, typeCase: 'upper' }],
]);

/** Traits of an observatory by its lower-case name (crds 13.2.7). */
export function traitsOf(observatory: string): Traits {
  return known.get(observatory) ?? { ...plain, observatory };
}

/** FITS keywords become paths of the data model; unknown ones and paths stay, in upper case. */
function jwstName(name: string): string {
  const upper = name.toUpperCase();
  return upper.startsWith('META.') ? upper : (jwstPaths.get(upper) ?? upper);
}

/** The client puts `ROMAN.` before paths itself; both forms are taken. */
function romanName(name: string): string {
  return /^meta\./i.test(name) ? `ROMAN.${name.toUpperCase()}` : name;
}
