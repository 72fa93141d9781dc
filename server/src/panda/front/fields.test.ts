import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFields } from './fields.ts';

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';

function ofForm(text: string) {
  return readFields('', text, form);
}

test('a form, a query and JSON give the same fields', () => {
  const encoded = 'jobId=4&state=running&xml=a+b%3D';
  const asForm = ofForm(encoded);
  const asQuery = readFields(encoded, undefined, undefined);
  const asJson = readFields('', '{"jobId":4,"state":"running","xml":"a b="}', json);
  for (const fields of [asForm, asQuery, asJson]) {
    expect(fields.names()).toEqual(['jobId', 'state', 'xml']);
    expect(fields.integer('jobId')).toBe(4);
    expect(fields.text('xml')).toBe('a b=');
  }
});

test('JSON is read whatever the content type claims', () => {
  expect(readFields('', '{"a":1}', form).text('a')).toBe('1');
  expect(readFields('', '{"a":1}', undefined).text('a')).toBe('1');
});

test('values of JSON become the words of Python, and structures JSON text', () => {
  const fields = readFields('', '{"yes":true,"no":false,"none":null,"n":1.5,"list":[1,{"a":"b"}]}', json);
  expect(fields.text('yes')).toBe('True');
  expect(fields.text('no')).toBe('False');
  expect(fields.text('none')).toBeUndefined();
  expect(fields.names()).not.toContain('none');
  expect(fields.number('n')).toBe(1.5);
  expect(fields.text('list')).toBe('[1,{"a":"b"}]');
});

test('a name that stands twice is a list, and a blank value is kept', () => {
  const fields = ofForm('ids=1&ids=2&empty=&plain=x');
  expect(fields.text('ids')).toBe('["1","2"]');
  expect(fields.text('empty')).toBe('');
  expect(fields.filled('empty')).toBeUndefined();
  expect(fields.filled('plain')).toBe('x');
});

test('the body wins over the query', () => {
  expect(readFields('a=query&b=1', 'a=body', form).text('a')).toBe('body');
  expect(readFields('a=query&b=1', 'a=body', form).text('b')).toBe('1');
});

test.each(['None', 'NULL', '', '  '])('%j is nothing for a field that must be filled', (value) => {
  expect(ofForm(`x=${encodeURIComponent(value)}`).filled('x')).toBeUndefined();
});

test('None is no text, NULL is one', () => {
  expect(ofForm('x=None').text('x')).toBeUndefined();
  expect(ofForm('x=NULL').text('x')).toBe('NULL');
});

test.each([
  ['10000.0', 10000],
  ['-3', -3],
  ['+4', 4],
  [' 5 ', 5],
  ['-0.9', -0],
  ['1e3', 1000],
])('%j is the integer %d', (text, value) => {
  expect(ofForm(`n=${encodeURIComponent(text)}`).integer('n')).toBe(value);
});

test.each(['abc', '1e400', '99999999999999999999', '0x10', '1;2', 'inf', 'nan', '1_000', '--1'])(
  '%j is no integer',
  (text) => {
    expect(ofForm(`n=${encodeURIComponent(text)}`).integer('n')).toBeUndefined();
  },
);

test.each([
  ['True', true],
  ['true', true],
  ['1', true],
  ['False', false],
  ['None', false],
  ['', false],
  ['2', false],
])('the flag %j is %s', (text, value) => {
  expect(ofForm(`f=${text}`).flag('f')).toBe(value);
});

test('an empty body has no fields', () => {
  expect(readFields('', '', json).names()).toEqual([]);
});

test.each(['[]', '4', '"a"', 'null', '{', '{"a":', '{"a":1}x'])('JSON %j is refused', (body) => {
  expect(() => readFields('', body, json)).toThrow(/JSON/);
});

test('what nests too deep is refused instead of ending the stack', () => {
  const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
  expect(() => readFields('', deep, json)).toThrow('nested');
});

test('a key that is a word of JavaScript is a field like any other', () => {
  const fields = readFields('', '{"__proto__":"x","constructor":"y"}', json);
  expect(fields.names()).toEqual(['__proto__', 'constructor']);
  expect(fields.text('__proto__')).toBe('x');
  expect(fields.text('toString')).toBeUndefined();
});

test('every text survives the way through a form and through JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const encoded = new URLSearchParams({ x: text }).toString();
      const expected = text === 'None' ? undefined : text;
      expect(ofForm(encoded).text('x')).toBe(expected);
      expect(readFields('', JSON.stringify({ x: text }), json).text('x')).toBe(expected);
    }),
  );
});

test('no bytes make the reading fail otherwise than by saying so', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(json, form, undefined), (body, type) => {
      try {
        readFields('', body, type);
      } catch (error) {
        expect(error).toMatchObject({ code: 'panda.body-invalid' });
      }
    }),
  );
});
