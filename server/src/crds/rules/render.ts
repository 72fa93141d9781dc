import { Dict, type Literal, NumberLiteral } from './literal.ts';
import { type Entry, isSelector, type Mapping, type Selector } from './mapping.ts';
import { inKeyOrder } from './order.ts';
import { quoted, reprOf, textOf } from './python-text.ts';
import { Scanner } from './scan.ts';
import { sumOf } from './sum.ts';
import { compareText } from './values.ts';

/**
 * Text of a mapping as crds 13.2.7 writes it, with the checksum that belongs to it. Comments behind `#` are gone, keys
 * are in order; what was read from this text is written as this text again.
 */
export function renderMapping(mapping: Mapping): string {
  const body = bodyOf(mapping);
  const header = new Map(mapping.writtenHeader).set('sha1sum', '');
  const sum = sumOf(headerText(header) + body);
  return headerText(header.set('sha1sum', sum)) + body;
}

/** The same with the checksum that the header states, whatever it is. */
export function formatMapping(mapping: Mapping): string {
  return headerText(mapping.writtenHeader) + bodyOf(mapping);
}

function headerText(header: ReadonlyMap<string, Literal>): string {
  return `header = ${dictionaryText([...header], 0)}\n\n`;
}

function bodyOf({ comment, selector }: Mapping): string {
  const commentText = comment === null ? '' : `comment = ${longQuoted(comment)}\n\n`;
  const rules = selector instanceof Dict ? dictionaryText(selector.entries, 0) : selectorText(selector, 0);
  return `${commentText}selector = ${rules}\n`;
}

function dictionaryText(
  entries: readonly (readonly [key: Literal, value: Literal])[],
  depth: number,
): string {
  const indent = ' '.repeat(4 * depth);
  let text = '{\n';
  for (const [key, value] of [...entries].sort(([a], [b]) => compareNatural(a, b))) {
    const inner = value instanceof Dict ? dictionaryText(value.entries, depth + 1) : reprOf(value);
    text += `${indent}    ${reprOf(key)} : ${inner},\n`;
  }
  return `${text}${indent}}`;
}

/** As Python compares keys of dictionaries: numbers by value, texts by code points. */
function compareNatural(a: Literal, b: Literal): number {
  if (a instanceof NumberLiteral && b instanceof NumberLiteral) return a.value - b.value;
  return compareText(textOf(a), textOf(b));
}

function selectorText({ selector, entries }: Selector, depth: number): string {
  const indent = ' '.repeat(4 * depth);
  const lines = [`${selector}({`];
  for (const entry of inKeyOrder(entries)) lines.push(`${indent}    ${entryText(entry, depth)},`);
  lines.push(`${indent}})`);
  return lines.join('\n');
}

function entryText({ key, value }: Entry, depth: number): string {
  return `${reprOf(key)} : ${isSelector(value) ? selectorText(value, depth + 1) : reprOf(value)}`;
}

/** Three quotes on both sides, with the text as it is where it reads back as itself. */
function longQuoted(text: string): string {
  const plain = `"""${text}"""`;
  return readsAs(plain, text) ? plain : `"""${quoted(text).slice(1, -1).replaceAll('"', '\\"')}"""`;
}

function readsAs(written: string, text: string): boolean {
  if (/[\r\0]/.test(written)) return false;
  try {
    const scan = new Scanner(written, '');
    return scan.strings(false) === text && scan.at === written.length;
  } catch {
    return false;
  }
}
