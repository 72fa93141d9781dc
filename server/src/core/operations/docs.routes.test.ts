import { expect, test } from 'vitest';
import { example } from '../../../../test/support/example-service/index.ts';
import { testServer } from '../../../../test/support/server.ts';

const { app } = await testServer([example]);

test('the index lists the pages by kind, and each link leads to a page', async () => {
  const index = await app.inject({ url: '/docs' });
  expect([index.statusCode, index.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  const links = [...index.body.matchAll(/href="(\/docs\/[^"]+)"/g)].map(([, link]) => link ?? '');
  expect(links.length).toBeGreaterThan(10);
  for (const url of links) expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 200]);
});

test.each([
  '/docs/../package.json',
  '/docs/..%2fpackage.json',
  '/docs/adr',
  '/docs/images/home.png',
  '/docs/adr/%00',
])('%s is not served', async (url) => {
  expect((await app.inject({ url })).statusCode).toBeGreaterThanOrEqual(400);
});
