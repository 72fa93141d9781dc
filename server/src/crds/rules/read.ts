import { Grammar, type Section } from './grammar.ts';
import { type HeaderPlaces, placesOf } from './header-places.ts';
import { Dict, type Literal } from './literal.ts';
import { isSelector, type Mapping, type MappingKind, mappingOf } from './mapping.ts';
import { MappingError } from './mapping-error.ts';
import { Scanner } from './scan.ts';
import { atOnce, type Steps } from './steps.ts';
import { sumOf, withUnixLines } from './sum.ts';

export interface ReadOptions {
  /** File name, for messages; its extension must agree with the kind that the header states. */
  readonly name?: string;
  /** Refuse keys that occur twice; otherwise the last of them counts, as it does for crds 13.2.7. */
  readonly strict?: boolean;
  /** Accept a missing or wrong sha1sum. */
  readonly ignoreSum?: boolean;
  /** Largest text to read, in bytes of UTF-8; 64 MB unless told. */
  readonly maxBytes?: number;
}

const defaultMaxBytes = 64 * 1024 * 1024;

/**
 * Reads the text of a mapping file: literals of Python and the seven selectors, never evaluated. What it accepts crds
 * 13.2.7 loads too, unless the rules contradict each other, which shows when they are compiled.
 * @throws {MappingError} saying where and what was expected.
 */
export function readMapping(text: string, options: ReadOptions = {}): Mapping {
  return atOnce(readingMapping(text, options));
}

/** The same in steps, for `inTurns`: a mapping may have a hundred thousand rules. */
export function* readingMapping(text: string, options: ReadOptions = {}): Steps<Mapping> {
  const file = options.name ?? '';
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes) {
    throw new MappingError('form', file, 1, 1, `at most ${maxBytes} bytes`);
  }
  const source = withUnixLines(text);
  const scan = new Scanner(source, file);
  if (source.includes('\0')) scan.fail('no character of number 0', source.indexOf('\0'));
  const sections = yield* new Grammar(scan, options.strict === true).reading();
  const header = headerOf(sections.get('header'), scan);
  const kind = kindOf(header, sections.get('header'), scan);
  const comment = commentOf(sections.get('comment'), scan);
  const selector = selectorOf(sections.get('selector'), kind, scan);
  const mapping = {
    ...mappingOf(kind, header, comment, selector),
    places: placesIn(sections, source),
  };
  if (options.ignoreSum !== true) checkSum(source, mapping, scan);
  return mapping;
}

/** Where expressions and names stand, for those who find fault with them later. */
function placesIn(sections: ReadonlyMap<string, Section>, source: string): HeaderPlaces {
  const header = sections.get('header');
  const selector = sections.get('selector');
  return new Map([
    ...(header === undefined ? [] : placesOf(header, source)),
    ...(selector === undefined ? [] : placesOf(selector, source, 'selector.')),
  ]);
}

function headerOf(section: Section | undefined, scan: Scanner): Map<string, Literal> {
  if (section === undefined) return scan.fail('a header section');
  const { value, at } = section;
  if (!(value instanceof Dict)) return scan.fail('the header to be a dictionary', at);
  const header = new Map<string, Literal>();
  for (const [key, item] of value.entries) {
    if (typeof key !== 'string') return scan.fail('the keys of the header to be text', at);
    header.set(key, item);
  }
  return header;
}

const kinds: ReadonlyMap<string, MappingKind> = new Map([
  ['pipeline', 'pmap'],
  ['instrument', 'imap'],
  ['reference', 'rmap'],
]);

/** What the header must say as text, by kind; `parkey` may have any form here. */
const required: Readonly<Record<MappingKind, readonly string[]>> = {
  pmap: ['mapping', 'name', 'derived_from', 'observatory'],
  imap: ['mapping', 'name', 'derived_from', 'observatory', 'instrument'],
  rmap: ['mapping', 'name', 'derived_from', 'observatory', 'instrument', 'filekind'],
};

function kindOf(header: Map<string, Literal>, section: Section | undefined, scan: Scanner): MappingKind {
  const fail = (expected: string): never => scan.fail(expected, section?.at ?? 0, 'header');
  const mapping = header.get('mapping');
  const kind = kinds.get(typeof mapping === 'string' ? mapping.toLowerCase() : '');
  if (kind === undefined) return fail("'mapping' in the header to be PIPELINE, INSTRUMENT or REFERENCE");
  for (const key of required[kind]) {
    if (typeof header.get(key) !== 'string') fail(`text for '${key}' in the header`);
  }
  if (!header.has('parkey')) fail("'parkey' in the header");
  const extension = /\.(pmap|imap|rmap)$/.exec(scan.file)?.[1] ?? kind;
  if (extension !== kind) fail(`the header of a .${extension}, not of a .${kind}`);
  return kind;
}

function commentOf(section: Section | undefined, scan: Scanner): string | null {
  if (section === undefined) return null;
  if (typeof section.value !== 'string') return scan.fail('the comment to be text', section.at);
  return section.value === '' ? null : section.value;
}

function selectorOf(section: Section | undefined, kind: MappingKind, scan: Scanner): Mapping['selector'] {
  if (section === undefined) return scan.fail('a selector section');
  const { value, at } = section;
  if (kind === 'rmap') return isSelector(value) ? value : scan.fail('a selector such as Match({', at);
  if (!(value instanceof Dict)) return scan.fail('the selector to be a dictionary', at);
  const isText = value.entries.every((pair) => pair.every((part) => typeof part === 'string'));
  return isText ? value : scan.fail('the selector to have text for keys and values', at);
}

function checkSum(source: string, mapping: Mapping, scan: Scanner): void {
  const stated = mapping.header.get('sha1sum');
  if (stated === undefined || stated === null) scan.fail('a sha1sum in the header', 0, 'sum');
  const found = sumOf(source);
  if (stated !== found) scan.fail(`the sha1sum of the text, ${found}`, source.indexOf('sha1sum'), 'sum');
}
