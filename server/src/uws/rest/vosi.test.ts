import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { clientWith, uwsClient } from '../../../../test/support/uws-client.ts';
import { uws } from '../index.ts';
import { childNamed, childrenNamed, parseXml } from '../xml/parse.ts';
import { renderAvailability } from './vosi.wire.ts';

const closed = await testServer([uws], { role: 'web' });
const open = await testServer([uws], { role: 'web', 'uws.anonymous': 'run' });
const anybody = clientWith(closed, null);

test('capabilities name the job list, the façade and themselves, with absolute addresses, for anybody', async () => {
  const answer = await anybody.ask('/rest/hello/capabilities');
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'application/xml; charset=utf-8',
  ]);
  const root = parseXml(await answer.text());
  expect([root.name, root.uri]).toEqual(['capabilities', 'http://www.ivoa.net/xml/VOSICapabilities/v1.0']);
  const found = childrenNamed(root, 'capability').map((each) => {
    // VOResource wants its elements without a namespace.
    expect(each.uri).toBe('');
    const way = childNamed(each, 'interface');
    const url = way === undefined ? undefined : childNamed(way, 'accessURL');
    const methods = way === undefined ? [] : childrenNamed(way, 'securityMethod');
    return [
      each.attributes.standardID ?? null,
      url?.attributes.use,
      url?.text.replace(closed.address, ''),
      methods.map((method) => method.attributes.standardID ?? ''),
    ];
  });
  const signIn = ['ivo://ivoa.net/sso#BasicAA', 'ivo://ivoa.net/sso#OAuth'];
  expect(found).toEqual([
    ['ivo://ivoa.net/std/UWS#rest-1.1', 'base', '/rest/hello/async', signIn],
    [null, 'base', '/rest/hello/sync', signIn],
    ['ivo://ivoa.net/std/VOSI#capabilities', 'full', '/rest/hello/capabilities', []],
    ['ivo://ivoa.net/std/VOSI#availability', 'full', '/rest/hello/availability', []],
  ]);
});

test('the addresses they name work', async () => {
  const alice = await uwsClient(closed, 'alice');
  const text = await anybody.text('/rest/hello/capabilities');
  const urls = [...text.matchAll(/<accessURL[^>]*>([^<]+)/g)].map(([, url]) => url ?? '');
  const statuses = await Promise.all(urls.map(async (url) => (await alice.ask(url)).status));
  // The façade wants parameters.
  expect(statuses).toEqual([200, 400, 200, 200]);
});

test('where jobs run without an account, the capabilities say so', async () => {
  const text = await clientWith(open, null).text('/rest/hello/capabilities');
  expect(text.split('<securityMethod/>').length - 1).toBe(2);
  expect(await anybody.text('/rest/hello/capabilities')).not.toContain('<securityMethod/>');
});

test('availability says since when this process is up', async () => {
  const root = await anybody.document('/rest/hello/availability');
  expect([root.name, root.uri]).toEqual(['availability', 'http://www.ivoa.net/xml/VOSIAvailability/v1.0']);
  expect(root.children.map(({ name }) => name)).toEqual(['available', 'upSince']);
  expect(childNamed(root, 'available')?.text).toBe('true');
  const upSince = Date.parse(childNamed(root, 'upSince')?.text ?? '');
  expect(Math.abs(upSince - performance.timeOrigin)).toBeLessThan(1000);
});

test('a process that stops, and a database that does not answer, are not available, with a note', async () => {
  open.core.events.waits.close();
  const stopping = await clientWith(open, null).document('/rest/hello/availability');
  expect(childNamed(stopping, 'available')?.text).toBe('false');
  expect(childNamed(stopping, 'note')?.text).toContain('stopping');
  const root = parseXml(renderAvailability({ upSince: new Date(0), fault: 'a < b' }));
  expect(childNamed(root, 'note')?.text).toBe('a < b');
});

test.each(['capabilities', 'availability'])(
  '%s of a service that does not exist are 404, and take GET alone',
  async (word) => {
    expect((await anybody.ask(`/rest/nosuch/${word}`)).status).toBe(404);
    const put = await anybody.ask(`/rest/hello/${word}`, { method: 'PUT', body: 'x' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect((await anybody.ask(`/rest/hello/${word}`, { method: 'HEAD' })).status).toBe(200);
  },
);

test('tables and examples are no jobs: 404 with a sentence, for anybody', async () => {
  for (const word of ['tables', 'examples']) {
    const answer = await anybody.ask(`/rest/hello/${word}`);
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining(`no ${word}`)]);
  }
});
