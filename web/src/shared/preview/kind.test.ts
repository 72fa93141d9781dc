import { describe, expect, test } from 'vitest';
import { claimedKind, kindOf, looksLikeText, textOfBytes } from './kind.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10);

describe('what a file claims to be', () => {
  test.each([
    ['image/png', 'a', 'image'],
    ['application/octet-stream', 'field.FITS', 'fits'],
    ['text/plain; charset=utf-8', 'stdout', 'text'],
    ['text/plain', 'sources.csv', 'table'],
    ['text/plain', 'page.html', 'text'],
    ['text/xml', 'sources.vot', 'votable'],
    ['application/x-votable+xml;serialization=binary2', 'x', 'votable'],
    ['application/prov+json', 'prov', 'json'],
    ['image/svg+xml', 'graph', 'svg'],
    ['application/rdf+xml', 'graph', 'xml'],
    ['application/x-cdf', 'a.cdf', null],
    ['', 'noname', null],
  ])('%s %s is %s', (type, name, kind) => {
    expect(claimedKind(type, name)).toBe(kind);
  });
});

describe('what its first bytes say', () => {
  test.each([
    ['a picture that is one', 'image', png, 'image'],
    ['a picture that is a page', 'image', bytes('<html><script>'), 'xml'],
    ['a page that is a picture', 'html', png, 'image'],
    ['text that is bytes', 'text', Uint8Array.of(1, 0, 2), 'hex'],
    ['a FITS file that is text', 'fits', bytes('hello'), 'text'],
    ['unknown that is FITS', null, bytes('SIMPLE  =    T'), 'fits'],
    ['unknown that is JSON', null, bytes('{"a": 1}'), 'json'],
    ['unknown that is a VOTable', null, bytes('<?xml?><VOTABLE version="1.4">'), 'votable'],
    ['XML that is a VOTable', 'xml', bytes('<v:VOTABLE xmlns:v="">'), 'votable'],
    ['unknown bytes', null, Uint8Array.of(0, 1, 2), 'hex'],
  ] as const)('%s', (_what, claimed, head, kind) => {
    expect(kindOf(claimed, head)).toBe(kind);
  });

  test('control characters in a log are still text', () => {
    expect(looksLikeText(bytes('\u001b[31mred\u001b[0m\tand more text\r\n'))).toBe(true);
  });
});

describe('bytes as text', () => {
  test('UTF-8, UTF-16 with its mark and Latin-1 are read', () => {
    expect(textOfBytes(bytes('σ Ori'))).toBe('σ Ori');
    expect(textOfBytes(Uint8Array.of(0xff, 0xfe, 0x61, 0))).toBe('a');
    expect(textOfBytes(Uint8Array.of(0x63, 0x61, 0x66, 0xe9))).toBe('café');
  });

  test('a character that was cut at an end is left out', () => {
    const all = bytes('σσ');
    expect(textOfBytes(all.subarray(0, 3), false, true)).toBe('σ');
    expect(textOfBytes(all.subarray(1), true)).toBe('σ');
  });
});
