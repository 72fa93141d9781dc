import type { MappingKind } from './mapping.ts';

/** What the name of a mapping says. */
export interface MappingName {
  readonly kind: MappingKind;
  readonly observatory: string;
  /** Of an imap and an rmap. */
  readonly instrument: string | null;
  /** Type of reference, of an rmap. */
  readonly filekind: string | null;
  /** Undefined in names without one, which come before all that have one. */
  readonly serial: number | undefined;
}

const observatory = '([a-z]{2,9})';
const instrument = '([a-z][a-z0-9]{1,16})';
const filekind = '([a-z][a-z0-9-]{1,32})';
const serial = '(?:_(\\d{4,15}))?';

const mappingName = new RegExp(`^${observatory}(?:_${instrument}(?:_${filekind})?)?${serial}\\.([pir]map)$`);
const parts: Readonly<Record<MappingKind, number>> = { pmap: 1, imap: 2, rmap: 3 };

/** Longer names are none; file systems and columns have their limits. */
const longestName = 128;

/** Takes the name of a mapping apart; undefined when it is none. Names are written in lower case. */
export function parseMappingName(name: string): MappingName | undefined {
  if (name.length > longestName) return undefined;
  const found = mappingName.exec(name);
  if (found === null) return undefined;
  const [, observatory = '', instrument = null, filekind = null, digits, extension] = found;
  const kind = extension === 'pmap' || extension === 'imap' ? extension : 'rmap';
  if (parts[kind] !== 1 + Number(instrument !== null) + Number(filekind !== null)) return undefined;
  return {
    kind,
    observatory,
    instrument,
    filekind,
    serial: digits === undefined ? undefined : Number(digits),
  };
}

export function isMappingName(name: string): boolean {
  return parseMappingName(name) !== undefined;
}

/** What may be the name of any file that is kept: letters, digits, `.`, `_`, `-` and blanks, at most 128 of them. */
export function isFileName(name: string): boolean {
  return /^[A-Za-z0-9._\- ]{1,128}$/.test(name) && name !== '.' && name !== '..';
}

const referenceExtension = /\.(?:fits|asdf|r\d[hd]|yaml|json|text)$/i;

/** Whether a name can be that of a reference file; data of observations are named alike. */
export function isReferenceName(name: string): boolean {
  return isFileName(name) && referenceExtension.test(name);
}

/** The name of a mapping without its serial number: all its versions share it (`hst_acs.imap`). */
export function genericName(
  name: Pick<MappingName, 'kind' | 'observatory' | 'instrument' | 'filekind'>,
): string {
  const { kind, observatory, instrument, filekind } = name;
  return `${[observatory, instrument, filekind].filter((part) => part !== null).join('_')}.${kind}`;
}

/** Puts a serial number into a name without one: `hst_acs.imap` and 7 give `hst_acs_0007.imap`. */
export function withSerial(generic: string, serial: number): string {
  const dot = generic.lastIndexOf('.');
  return `${generic.slice(0, dot)}_${String(serial).padStart(4, '0')}${generic.slice(dot)}`;
}

/** Serial number at the end of a name of the newer style, of a mapping or a reference; −1 when it has none. */
export function serialOf(name: string): number {
  const digits = /_(\d{1,15})\.\w/.exec(name)?.[1];
  return digits === undefined ? -1 : Number(digits);
}

/** A name for whatever is or was in force: `hst-edit`, `hst-acs-biasfile-2014-11-30`, `latest`, `2014-11-30T01:02:03`. */
export interface ContextSpec {
  /** Null: the observatory one speaks to. */
  readonly observatory: string | null;
  readonly instrument: string | null;
  readonly filekind: string | null;
  readonly at: 'latest' | 'edit' | 'build' | 'versions' | { readonly date: string };
}

const specTail =
  /^(?:(.{1,80})-)?(?:(\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?)?)|(edit|operational|latest|build|versions))$/;
const specHead = new RegExp(`^${observatory}(?:-${instrument}(?:-${filekind})?)?$`);

/** Takes a symbolic or dated name apart (crds 13.2.7); undefined when it is none, mapping names included. */
export function parseContextSpec(spec: string): ContextSpec | undefined {
  if (spec.length > longestName) return undefined;
  const [, head, date, tag] = specTail.exec(spec) ?? [];
  const at = date === undefined ? tagOf(tag) : { date };
  if (at === undefined) return undefined;
  if (head === undefined) {
    const standsAlone = date !== undefined || tag === 'latest' || tag === 'build';
    return standsAlone ? { observatory: null, instrument: null, filekind: null, at } : undefined;
  }
  const found = specHead.exec(head);
  if (found === null) return undefined;
  const [, observatory = '', instrument = null, filekind = null] = found;
  return { observatory, instrument, filekind, at };
}

function tagOf(tag: string | undefined): Exclude<ContextSpec['at'], object> | undefined {
  if (tag === 'operational') return 'latest';
  return tag === 'latest' || tag === 'edit' || tag === 'build' || tag === 'versions' ? tag : undefined;
}

/** Whether a text can stand for a mapping: it ends like one, or is symbolic or dated. */
export function isMappingSpec(spec: string): boolean {
  return /\.[pir]map$/.test(spec) || parseContextSpec(spec) !== undefined;
}

/** Whether a text can stand for a whole context. */
export function isContextSpec(spec: string): boolean {
  return spec.endsWith('.pmap') || parseContextSpec(spec)?.instrument === null;
}
