import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { clientWith, uwsClient } from '../../../../test/support/uws-client.ts';
import { uws } from '../index.ts';

const server = await testServer([uws], { role: 'web' });
const { address } = server;
const alice = await uwsClient(server, 'alice');
const stranger = clientWith(server, null);
const url = await alice.create('hello', { NAME: 'x' });
const id = url.split('/').at(-1) ?? '';

const firefox = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const chromium = { accept: 'text/html, */*', 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' };
const java = { accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2' };

test.each([
  ['/rest/hello', '/ui/services/hello/jobs'],
  ['/rest/hello/async', '/ui/services/hello/jobs'],
  ['/rest/hello?LAST=3&PHASE=PENDING', '/ui/services/hello/jobs'],
  [`/rest/hello/${id}`, `/ui/services/hello/jobs/${id}`],
  [`/rest/hello/async/${id}?WAIT=60`, `/ui/services/hello/jobs/${id}`],
])('a browser that opens %s is led to %s, with and without a session', async (path, page) => {
  for (const client of [alice, stranger]) {
    for (const headers of [firefox, chromium]) {
      const answer = await client.ask(path, { headers });
      expect([answer.status, answer.headers.get('location')]).toEqual([303, `${address}${page}`]);
      expect(answer.headers.get('vary')).toContain('Accept');
      // A challenge would open the browser's own window for name and password.
      expect(answer.headers.get('www-authenticate')).toBeNull();
    }
  }
});

test.each([
  ['Java', java],
  ['a script', {}],
  ['curl', { accept: '*/*' }],
  ['pyvo', { accept: 'application/xml' }],
  ['old programs', { accept: 'application/xml,text/plain' }],
])('%s gets the document', async (_who, headers) => {
  for (const path of ['/rest/hello', url]) {
    const answer = await alice.ask(path, { headers });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'application/xml; charset=utf-8',
    ]);
    expect(answer.headers.get('vary')).toContain('Accept');
    expect((await stranger.ask(path, { headers })).status).toBe(401);
  }
});

test('the document itself can be opened in a browser by saying so in the address', async () => {
  for (const [word, type] of [
    ['xml', 'application/xml; charset=utf-8'],
    ['text/xml', 'application/xml; charset=utf-8'],
    ['application/json', 'application/json; charset=utf-8'],
  ] as const) {
    for (const path of ['/rest/hello', url]) {
      const answer = await alice.ask(`${path}?responseFormat=${encodeURIComponent(word)}`, {
        headers: firefox,
      });
      expect([word, answer.status, answer.headers.get('content-type')]).toEqual([word, 200, type]);
    }
  }
  expect((await alice.ask(`${url}?RESPONSEFORMAT=fits`)).status).toBe(400);
});

test('only lists and jobs have a page: parts, refusals of changes and unknown addresses are answered as ever', async () => {
  for (const path of ['/phase', '/parameters', '/results', '/owner']) {
    expect((await alice.ask(`${url}${path}`, { headers: firefox })).status).toBe(200);
    const refused = await stranger.ask(`${url}${path}`, { headers: firefox });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('Basic'),
    ]);
  }
  const body = new URLSearchParams({ PHASE: 'ABORT' });
  expect((await stranger.ask(url, { method: 'POST', body, headers: firefox })).status).toBe(401);
  expect((await alice.ask(`${url}/nosuch`, { headers: firefox })).status).toBe(404);
  expect((await alice.ask('/rest/hello/capabilities', { headers: firefox })).status).toBe(200);
});

test('a name cannot lead the way out of our pages', async () => {
  const answer = await alice.ask('/rest/..%2f..%2fevil/x%3Fy', { headers: firefox });
  expect(answer.headers.get('location')).toBe(`${address}/ui/services/..%2F..%2Fevil/jobs/x%3Fy`);
});

test('parameters and results are given as JSON as well', async () => {
  const headers = { accept: 'application/json' };
  const json = async (part: string) => (await alice.ask(`${url}/${part}`, { headers })).json();
  expect(await json('parameters')).toContainEqual({ id: 'NAME', byReference: false, value: 'x' });
  expect(await json('results')).toEqual([]);
});
