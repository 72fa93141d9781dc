import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJsonBody } from './json-body.ts';

test('whatever JSON.parse reads and repeats no key is read the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      if (text.includes('__proto__')) return;
      expect(parseJsonBody(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('a key that is repeated anywhere is found, whatever stands around it', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.jsonValue(),
      fc.jsonValue(),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (key, one, two, more) => {
        const inside = `{${JSON.stringify(key)}:${JSON.stringify(one)},${JSON.stringify(key)}:${JSON.stringify(two)}}`;
        const around = JSON.stringify({ ...more, 'a place': 0 }).replace(
          /"a place":0/,
          () => `"a place":[1,${inside}]`,
        );
        expect(() => parseJsonBody(around)).toThrow(expect.objectContaining({ kind: 'invalid' }));
      },
    ),
  );
});

test.each([
  ['{"a":1,"a":2}', 'http.json-key-refused'],
  ['{"a":1,"\\u0061":2}', 'http.json-key-refused'],
  ['[{"x":{"a":"a","b":"}","a":0}}]', 'http.json-key-refused'],
  ['{"__proto__":{}}', 'http.json-key-refused'],
  ['{"\\u005f_proto__":{}}', 'http.json-key-refused'],
  ['{"a":1', 'http.json-broken'],
  ['', 'http.json-broken'],
  ["{'a':1}", 'http.json-broken'],
])('%s is refused', (text, code) => {
  expect(() => parseJsonBody(text)).toThrow(expect.objectContaining({ code }));
});

test.each([
  '{"a":{"a":1},"b":[{"a":1},{"a":2}]}',
  '{"a":"a","b":"a"}',
  '["a","a"]',
  '{"a":"\\"a\\":1,\\"a\\":2"}',
])('%s is read', (text) => {
  expect(parseJsonBody(text)).toEqual(JSON.parse(text));
});
