import fastify from 'fastify';
import { expect, test } from 'vitest';
import { readRange, userBytesHeaders } from './user-bytes.ts';

async function headersOf(mediaType: string, fileName = 'a.dat') {
  const app = fastify();
  app.get('/', (_request, reply) => userBytesHeaders(reply, mediaType, fileName).send('x'));
  const { headers } = await app.inject('/');
  await app.close();
  return headers;
}

test.each([
  ['image/png', 'inline'],
  ['text/plain', 'inline'],
  ['application/pdf', 'inline'],
  ['text/html', 'attachment'],
  ['image/svg+xml', 'attachment'],
  ['application/xhtml+xml', 'attachment'],
  ['application/pdfx', 'attachment'],
  ['application/octet-stream', 'attachment'],
])('%s is sent %s, alone in a sandbox, and taken for nothing else', async (type, disposition) => {
  const headers = await headersOf(type);
  expect(headers['content-disposition']).toMatch(new RegExp(`^${disposition};`));
  expect(headers['content-security-policy']).toBe("sandbox; default-src 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
});

test.each([
  ['text/html', 'text/html; charset=utf-8'],
  ['image/png; x="y"', 'image/png; x="y"'],
  // A browser takes the last of several types.
  ['text/plain, text/html', 'application/octet-stream'],
  ['text/plain\u0001', 'application/octet-stream'],
  ['text/plain\r\nset-cookie: a=b', 'application/octet-stream'],
  ['text/\u4e2d', 'application/octet-stream'],
  ['', 'application/octet-stream'],
])('bytes that claim to be %j are sent as %s', async (claimed, type) => {
  expect((await headersOf(claimed))['content-type']).toBe(type);
});

test('a file name cannot add to the header', async () => {
  const { 'content-disposition': header } = await headersOf('text/plain', 'a"; x=\r\nσ.txt');
  expect(header).toBe(`inline; filename="a___x____.txt"; filename*=UTF-8''a%22%3B%20x%3D%0D%0A%CF%83.txt`);
});

test.each([
  ['bytes=0-4', { start: 0, end: 4 }],
  ['bytes=5-', { start: 5, end: 9 }],
  ['bytes=-3', { start: 7, end: 9 }],
  ['bytes=5-500', { start: 5, end: 9 }],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=4-2', 'whole'],
  ['bytes=0-1,3-4', 'whole'],
  [undefined, 'whole'],
])('the range %s of 10 bytes', (header, range) => {
  expect(readRange(header, 10)).toEqual(range);
});
