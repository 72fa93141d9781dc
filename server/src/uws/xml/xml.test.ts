import fc from 'fast-check';
import { expect, test } from 'vitest';
import { childNamed, parseXml } from './parse.ts';
import { attributes, escapeText, fitsXml } from './write.ts';

const texts = fc.string({ unit: 'grapheme', maxLength: 200 }).map((text) => `${text}<&>"'\r\n\t`);

test('what is escaped comes back unchanged, as text and as attribute', () => {
  fc.assert(
    fc.property(texts.filter(fitsXml), (text) => {
      const root = parseXml(`<r${attributes({ a: text })}><t>${escapeText(text)}</t></r>`);
      expect(root.attributes.a).toBe(text);
      expect(childNamed(root, 't')?.text).toBe(text);
    }),
  );
});

test('signs that XML cannot carry are known, and replaced when they must be written', () => {
  const bad = ['\0', '\u0008', '\u001f', '\ufffe', '\ud800', 'a\udc00b'];
  for (const text of bad) {
    expect(fitsXml(text), JSON.stringify(text)).toBe(false);
    expect(parseXml(`<r>${escapeText(text)}</r>`).text).toContain('\ufffd');
  }
  expect(fitsXml('tab\t line\n café 🔭')).toBe(true);
});

test('the parser never takes a document that is not well formed, and never a document type', () => {
  const bomb = '<!DOCTYPE r [<!ENTITY a "aaaa">]><r>&a;</r>';
  for (const text of [
    '',
    'hello',
    '<a>',
    '<a></b>',
    '<a b></a>',
    '<a>&nope;</a>',
    bomb,
    '<x:a/>',
    `${'<a>'.repeat(200)}`,
  ]) {
    expect(() => parseXml(text), text.slice(0, 30)).toThrow(/not well-formed XML/);
  }
});

test('arbitrary text either parses or is refused with a reason', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(parseXml(`<r>${text}</r>`).name).toBe('r');
      } catch (error) {
        expect((error as Error).message).toMatch(/not well-formed XML/);
      }
    }),
  );
});

test('undefined and null attributes are left out', () => {
  expect(attributes({ a: undefined, b: null, c: 0, d: false })).toBe(' c="0" d="false"');
});
