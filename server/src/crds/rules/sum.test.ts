import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumOf } from './sum.ts';

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

describe('the sum of a mapping', () => {
  it('is that of its text without the lines that mention it', () => {
    expect(sumOf('a\n')).toBe(sha1('a\n'));
    expect(sumOf("a\n    'sha1sum' : 'x',\nb\n# sha1sum\nc")).toBe(sha1('a\nb\nc'));
    expect(sumOf('sha1sum')).toBe(sha1(''));
    expect(sumOf('é sha1sum\n')).toBe(sha1(''));
  });

  it('does not depend on how lines end', () => {
    const lines = fc.array(fc.constantFrom('a', 'sha1sum', 'b sha1sum c', ''), { maxLength: 8 });
    fc.assert(
      fc.property(lines, fc.constantFrom('\r\n', '\r'), (texts, end) => {
        expect(sumOf(texts.join(end))).toBe(sumOf(texts.join('\n')));
        const kept = texts
          .map((text, at) => (at < texts.length - 1 ? `${text}\n` : text))
          .filter((text) => !text.includes('sha1sum'));
        expect(sumOf(texts.join('\n'))).toBe(sha1(kept.join('')));
      }),
    );
  });

  it('ends lines where Python ends them', () => {
    for (const end of ['\v', '\f', '\x1c', '\x1d', '\x1e', '\x85', '\u2028', '\u2029']) {
      expect(sumOf(`a${end}sha1sum${end}b`)).toBe(sha1(`a${end}b`));
    }
  });
});
