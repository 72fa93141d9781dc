import { describe, expect, test } from 'vitest';
import { assertNotForeign, assertSameOrigin, sessionCookie, type Via } from './index.ts';

const own = ['https://orrery.example.org/prefix', 'http://127.0.0.1:8080'];

function isRefused(via: Via, method: string, headers: Record<string, string>): boolean {
  try {
    assertSameOrigin({ method, headers, identity: { via } }, own);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'auth.origin-foreign', status: 403 });
    return true;
  }
}

describe('a request that changes something', () => {
  const cases: Array<[string, Record<string, string>, { session: boolean; 'cookie-token': boolean }]> = [
    ['of our page', { 'sec-fetch-site': 'same-origin' }, { session: true, 'cookie-token': true }],
    ['typed by the user', { 'sec-fetch-site': 'none' }, { session: true, 'cookie-token': true }],
    ['of another site', { 'sec-fetch-site': 'cross-site' }, { session: false, 'cookie-token': false }],
    ['of a neighbour host', { 'sec-fetch-site': 'same-site' }, { session: false, 'cookie-token': false }],
    [
      'of our origin, in an older browser',
      { origin: 'https://orrery.example.org' },
      { session: true, 'cookie-token': true },
    ],
    ['of our second origin', { origin: 'http://127.0.0.1:8080' }, { session: true, 'cookie-token': true }],
    [
      'of our host at another port',
      { origin: 'http://127.0.0.1:8081' },
      { session: false, 'cookie-token': false },
    ],
    [
      'of our host over http',
      { origin: 'http://orrery.example.org' },
      { session: false, 'cookie-token': false },
    ],
    [
      'of a longer host',
      { origin: 'https://orrery.example.org.evil.org' },
      { session: false, 'cookie-token': false },
    ],
    ['of a sandboxed frame', { origin: 'null' }, { session: false, 'cookie-token': false }],
    ['that says nothing', {}, { session: false, 'cookie-token': true }],
    [
      'of another site with a good word',
      { 'sec-fetch-site': 'cross-site', origin: 'http://127.0.0.1:8080' },
      { session: true, 'cookie-token': true },
    ],
  ];

  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    test.each(cases)(`${method} %s`, (_name, headers, allowed) => {
      expect(isRefused('session', method, headers)).toBe(!allowed.session);
      expect(isRefused('cookie-token', method, headers)).toBe(!allowed['cookie-token']);
      expect(isRefused('basic', method, headers)).toBe(!allowed['cookie-token']);
      for (const via of ['bearer', 'none'] as const) expect(isRefused(via, method, headers)).toBe(false);
    });
  }
});

test('a request that only reads is never refused', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    expect(isRefused('session', method, { 'sec-fetch-site': 'cross-site' })).toBe(false);
  }
});

test('another site signs nobody in', () => {
  expect(() => assertNotForeign({ 'sec-fetch-site': 'cross-site' }, own)).toThrow('another site');
  expect(() => assertNotForeign({ origin: 'https://evil.org' }, own)).toThrow('another site');
  expect(() => assertNotForeign({}, own)).not.toThrow();
  expect(() => assertNotForeign({ 'sec-fetch-site': 'same-origin' }, own)).not.toThrow();
});

test('the cookie has the prefix exactly where browsers and old programs can use it', () => {
  const { name, options } = sessionCookie('https://orrery.example.org/');
  expect([name, options]).toEqual([
    '__Host-orrery',
    { path: '/', httpOnly: true, sameSite: 'lax', secure: true },
  ]);
  for (const url of [undefined, 'http://orrery.example.org', 'http://https.example.org']) {
    expect(sessionCookie(url).name).toBe('orrery');
    expect(sessionCookie(url).options.secure).toBe(false);
  }
});
