import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Adler32 } from './adler32.ts';

/** The definition of RFC 1950, with big numbers instead of care. */
function plainly(bytes: Uint8Array): string {
  let [a, b] = [1n, 0n];
  for (const byte of bytes) {
    a = (a + BigInt(byte)) % 65_521n;
    b = (b + a) % 65_521n;
  }
  return ((b << 16n) | a).toString(16).padStart(8, '0');
}

test('known sums', () => {
  expect(new Adler32().digest()).toBe('00000001');
  expect(new Adler32().update(Buffer.from('Wikipedia')).digest()).toBe('11e60398');
});

test('in any pieces it is the sum of the definition', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(500), (bytes, cut) => {
      const sum = new Adler32().update(bytes.subarray(0, cut)).update(bytes.subarray(cut));
      expect(sum.digest()).toBe(plainly(bytes));
    }),
  );
});

test('long runs of the largest byte do not overflow', () => {
  const bytes = Buffer.alloc(200_000, 0xff);
  expect(new Adler32().update(bytes).digest()).toBe(plainly(bytes));
});
