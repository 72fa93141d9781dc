import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTooDeep, mostLevels } from './depth.ts';
import type { crdsEncoded } from './encoded.ts';
import { idIn, readRequest, renderResult } from './envelope.ts';
import { catalogueInstant, exactInstant, plainInstant } from './instants.ts';

describe('depth', () => {
  test('of any text is that of the value it stands for', () => {
    const depthOf = (value: unknown): number =>
      typeof value !== 'object' || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), fc.nat(mostLevels), (value, outer) => {
        const text = `${'['.repeat(outer)}${JSON.stringify(value)}${']'.repeat(outer)}`;
        expect(isTooDeep(text)).toBe(depthOf(value) + outer > mostLevels);
      }),
    );
  });

  test('is looked for in no time in a text of quotes and backslashes', () => {
    for (const text of [
      '"'.repeat(5_000_000),
      '\\'.repeat(5_000_000),
      `"${'\\'.repeat(5_000_000)}`,
      '"\\'.repeat(2_000_000),
    ]) {
      expect(isTooDeep(text)).toBe(false);
    }
  });
});

describe('the envelope', () => {
  test('of any body is read or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (body) => {
        try {
          expect(typeof readRequest(body).method).toBe('string');
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'crds.rpc-refused' });
        }
        expect(['string', 'number', 'boolean', 'object']).toContain(typeof idIn(body));
      }),
    );
  });

  test('carries a long result in its compressed form, which is the same when undone', async () => {
    const long = Array.from({ length: 20_000 }, (_, at) => `file_${at}.fits`);
    const { result } = JSON.parse(String(await renderResult('i', long))) as {
      result: Awaited<ReturnType<typeof crdsEncoded>>;
    };
    expect(result.crds_encoded).toBe('1.0');
    expect(JSON.parse(gunzipSync(Buffer.from(result.crds_payload, 'base64')).toString())).toEqual(long);
    expect(JSON.parse(String(await renderResult('i', ['short'])))).toMatchObject({ result: ['short'] });
  });
});

test('instants are UTC, with microseconds where there are any', () => {
  expect(plainInstant(new Date('2014-12-02T10:00:00Z'))).toBe('2014-12-02 10:00:00');
  expect(plainInstant(new Date('2014-12-02T10:00:00.25Z'))).toBe('2014-12-02 10:00:00.250000');
  expect(exactInstant(new Date('2014-12-02T10:00:00Z'))).toBe('2014-12-02 10:00:00.000000');
  expect(catalogueInstant(new Date('2014-12-02T10:00:00.25Z'))).toBe('2014-12-02 10:00:00');
  expect(catalogueInstant(null)).toBe('');
});
