import type { PandaQueueKey } from '@orrery/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDocument, keyAt, written } from './queue-check.ts';

const key = (name: string, more: Partial<PandaQueueKey> = {}): PandaQueueKey => ({
  name,
  group: 'Limits',
  type: 'integer',
  required: false,
  help: 'what it is.',
  unit: null,
  options: null,
  default: null,
  ...more,
});
const keys = [
  key('nickname', { type: 'string', required: true }),
  key('maxrss'),
  key('status', { type: 'string', options: ['online', 'offline'] }),
  key('copytools', { type: 'object' }),
];

describe('the description of a queue', () => {
  test('a good one has no problem, and keys that nobody reads are named', () => {
    const checked = checkDocument(
      '{"nickname": "A", "maxrss": 2000, "copytools": {}, "colour": "red"}',
      keys,
    );
    expect(checked.problems).toEqual([]);
    expect(checked.unread).toEqual(['colour']);
    expect(checked.document).toMatchObject({ nickname: 'A' });
  });

  test('what is missing, of the wrong kind or not offered is said by its key', () => {
    expect(checkDocument('{"maxrss": "much", "status": "on", "copytools": []}', keys).problems).toEqual([
      'nickname is needed: what it is.',
      'maxrss has to be a whole number.',
      'status has to be one of online, offline.',
      'copytools has to be an object: { … }.',
    ]);
  });

  test('a key that is null counts as absent', () => {
    expect(checkDocument('{"nickname": "A", "maxrss": null}', keys).problems).toEqual([]);
    expect(checkDocument('{"nickname": null}', keys).problems).toHaveLength(1);
  });

  test('what is no JSON, and JSON that is no object, cannot be saved', () => {
    expect(checkDocument('{\n  "nickname": "A",\n}', keys).problems[0]).toContain('line 3');
    expect(checkDocument('[]', keys).document).toBeUndefined();
    expect(checkDocument('', keys).problems).toHaveLength(1);
  });

  test('any text is answered, never thrown at', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { document, problems } = checkDocument(text, keys);
        expect(document === undefined).toBe(document === undefined && problems.length > 0);
      }),
    );
  });

  test('is written the same whatever the order of its keys', () => {
    expect(written({ b: 1, a: { d: 1 } })).toBe(written({ a: { d: 1 }, b: 1 }));
  });

  test('the key under the cursor is found from its line', () => {
    const text = '{\n  "maxrss": 2000,\n  "copytools": {\n    "mv": {}\n  }\n}';
    expect(keyAt(text, text.indexOf('2000'))).toBe('maxrss');
    expect(keyAt(text, 0)).toBeUndefined();
    expect(keyAt(text, text.indexOf('copytools'))).toBe('copytools');
  });
});
