/** One piece of an XML text. */
export type XmlPiece =
  | { kind: 'open'; name: string; attributes: Map<string, string>; closed: boolean; from: number; to: number }
  | { kind: 'close'; name: string; from: number; to: number }
  | { kind: 'text'; text: string; from: number; to: number }
  | { kind: 'other'; text: string; from: number; to: number };

const attribute = /([^\s=/>"']{1,200})\s{0,20}=\s{0,20}("[^"]*"|'[^']*')/g;

/** Attributes are looked for in so much of a tag. */
const maxTagSigns = 20_000;

/**
 * The pieces of an XML text in order, in one pass. It checks nothing: a text that is broken or cut gives what can be
 * told. No entity but the five of XML and character numbers is replaced, so nothing can grow.
 */
export function* scanXml(text: string): Generator<XmlPiece> {
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('<', at);
    if (open !== at) {
      const to = open < 0 ? text.length : open;
      yield { kind: 'text', text: text.slice(at, to), from: at, to };
      at = to;
      continue;
    }
    const special = specialEnd(text, at);
    if (special !== null) {
      yield { kind: 'other', text: text.slice(at, special), from: at, to: special };
      at = special;
      continue;
    }
    const to = tagEnd(text, at + 1);
    yield tagOf(text, at, to);
    at = to;
  }
}

/** Where a comment, CDATA, instruction or declaration ends; null when there is none here. */
function specialEnd(text: string, at: number): number | null {
  const ends: Array<[string, string]> = [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
  ];
  for (const [start, end] of ends) {
    if (!text.startsWith(start, at)) continue;
    const found = text.indexOf(end, at + start.length);
    return found < 0 ? text.length : found + end.length;
  }
  if (!text.startsWith('<!', at)) return null;
  // A DOCTYPE may hold declarations in brackets.
  const bracket = text.indexOf('[', at);
  const end = text.indexOf('>', at);
  if (end < 0) return text.length;
  if (bracket < 0 || bracket > end) return end + 1;
  const closed = text.indexOf(']', bracket);
  const last = closed < 0 ? -1 : text.indexOf('>', closed);
  return last < 0 ? text.length : last + 1;
}

/** Behind the next `>` that is not inside quotes. */
function tagEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const sign = text[at];
    if (sign === '>') return at + 1;
    if (sign === '<') return at;
    if (sign === '"' || sign === "'") {
      const closing = text.indexOf(sign, at + 1);
      if (closing < 0) return text.length;
      at = closing;
    }
    at += 1;
  }
  return text.length;
}

function tagOf(text: string, from: number, to: number): XmlPiece {
  const inner = text.slice(from + 1, text[to - 1] === '>' ? to - 1 : to);
  if (inner.startsWith('/')) return { kind: 'close', name: inner.slice(1).trim(), from, to };
  const closed = inner.endsWith('/');
  const name = /^[^\s/>]*/.exec(inner)?.[0] ?? '';
  const attributes = new Map<string, string>();
  if (inner.length > name.length)
    for (const [, key = '', value = ''] of inner
      .slice(name.length, name.length + maxTagSigns)
      .matchAll(attribute))
      attributes.set(key, decodeXml(value.slice(1, -1)));
  return { kind: 'open', name, attributes, closed, from, to };
}

const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Replaces the five entities of XML and character numbers; others stay as they stand. */
export function decodeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{2,4}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[name] ?? whole;
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole;
  });
}

/** The name without its prefix. */
export const localName = (name: string): string => name.slice(name.indexOf(':') + 1);
