import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowDigest } from './row-digest.ts';

function digestOf(
  text: string,
  cuts: readonly number[] = [],
): { rows: number; digest: string; bytes: number } {
  const whole = Buffer.from(text);
  const digest = new RowDigest();
  let at = 0;
  for (const cut of [...cuts.map((part) => part % (whole.length + 1))].sort((a, b) => a - b)) {
    digest.update(whole.subarray(at, cut));
    at = cut;
  }
  digest.update(whole.subarray(at));
  return { rows: digest.rows, digest: digest.digest(), bytes: digest.bytes };
}

const row = fc.string({ unit: 'binary' }).map((text) => `${text.replaceAll('\n', '\\n')}\n`);
const rows = fc.array(row, { maxLength: 20 });

test('the digest is that of the rows, however the bytes come', () => {
  fc.assert(
    fc.property(rows, fc.array(fc.nat()), (lines, cuts) => {
      const text = lines.join('');
      expect(digestOf(text, cuts)).toEqual(digestOf(text));
      expect(digestOf(text).rows).toBe(lines.length);
      expect(digestOf(text).bytes).toBe(Buffer.byteLength(text));
    }),
  );
});

test('the order of the rows does not matter, a row more, less or changed does', () => {
  fc.assert(
    fc.property(rows, row, (lines, more) => {
      const digest = digestOf(lines.join('')).digest;
      expect(digestOf([...lines].reverse().join('')).digest).toBe(digest);
      expect(digestOf([...lines, more].join('')).digest).not.toBe(digest);
      expect(digestOf([...lines, more, more].join('')).digest).not.toBe(digest);
    }),
  );
});

test('a row without an end is noticed', () => {
  const digest = new RowDigest();
  digest.update(Buffer.from('a\nb'));
  expect(() => digest.digest()).toThrow('no end');
});
