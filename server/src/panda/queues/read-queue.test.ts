import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { queueDocument } from './queue-document.ts';
import { faultsOf, readQueue } from './read-queue.ts';

const good = { nickname: 'Q', copytools: { mv: {} } };
const known = Object.keys(queueDocument.properties);

test('any JSON is either a queue that can be stored or refused with a sentence', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.jsonValue().map((value) => ({ ...good, ours: value })),
      ),
      (value) => {
        try {
          const text = JSON.stringify(readQueue(value));
          expect(text).not.toContain('\\u0000');
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).kind).toBe('invalid');
        }
      },
    ),
  );
});

test('a wrong value of a known key is told with that key, whatever the others are', () => {
  fc.assert(
    fc.property(fc.constantFrom(...known), fc.constantFrom(1.5, 'x', true, [1], [{}]), (key, value) => {
      for (const fault of faultsOf({ ...good, [key]: value })) expect(fault.startsWith(key)).toBe(true);
    }),
  );
});

test('every key has a text that helps', () => {
  for (const [key, schema] of Object.entries(queueDocument.properties)) {
    if (key === 'pilotFactory') continue;
    expect({ key, help: (schema as { description?: string }).description ?? '' }).toEqual({
      key,
      help: expect.stringMatching(/^\S.{8,}/),
    });
  }
});

test('what nests without end is refused', () => {
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
  expect(faultsOf({ ...good, ours: deep })).toEqual(['the description: nested deeper than 100 levels']);
});

test('what is missing is told by name', () => {
  expect(faultsOf({})).toEqual(['nickname: it is missing', 'copytools: it is missing']);
  expect(faultsOf({ nickname: null, copytools: null })).toHaveLength(2);
});

test('the name of the key is known as it is in JavaScript’s objects', () => {
  const odd = JSON.parse('{"nickname":"Q","copytools":{"mv":{}},"__proto__":{"a":1},"constructor":1}');
  expect(faultsOf(odd)).toEqual([]);
  expect(JSON.stringify(readQueue(odd))).toContain('"constructor":1');
});
