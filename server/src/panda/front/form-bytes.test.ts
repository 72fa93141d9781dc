import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFields } from './fields.ts';
import { formBytes } from './form-bytes.ts';

test.each([
  ['a+b%20c', 'a b c'],
  ['%E9%80', '\xe9\x80'],
  ['%zz%4', '%zz%4'],
  ['%%41', '%A'],
  ['', ''],
])('%j stands for the bytes %j', (text, bytes) => {
  expect(formBytes(text).toString('latin1')).toBe(bytes);
});

test('any bytes travel in a form', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
      expect([...formBytes(text)]).toEqual([...bytes]);
    }),
  );
});

test('a field has its bytes wherever it came from, and the body wins', () => {
  const form = 'application/x-www-form-urlencoded';
  expect(readFields('ids=%80', 'x=1', form).bytes('ids')).toEqual(Buffer.from([0x80]));
  expect(readFields('ids=%80', 'ids=%81&ids=%82', form).bytes('ids')).toEqual(Buffer.from([0x81]));
  expect(readFields('', '{"ids": "(lp0\\n."}', 'application/json').bytes('ids')?.toString()).toBe('(lp0\n.');
  expect(readFields('', 'identity=7', form).bytes('ids')).toBeUndefined();
});
