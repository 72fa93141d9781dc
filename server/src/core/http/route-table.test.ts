import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { createPermissions } from '../auth/index.ts';
import { jsonErrors } from './error-styles.ts';
import { ownerOf, RouteTable } from './route-table.ts';
import type { RouteConfig } from './types.ts';

const permissions = createPermissions([{ 'a.read': { roles: ['user'] } }]);
const addresses = new Map([
  ['/', 'core'],
  ['/api/core', 'core'],
  ['/rest', 'uws'],
  ['/api/uws', 'uws'],
]);
const good = { allow: 'a.read', errors: jsonErrors, family: 'A' };

function check(url: string, config: Partial<RouteConfig>, owner = 'uws', second?: string): () => void {
  const table = new RouteTable();
  const app = fastify();
  table.collect(app, 1000);
  void table.ownedBy(owner, () => {
    for (const one of second === undefined ? [url] : [url, second])
      app.get(one, { config, exposeHeadRoute: false }, async () => '');
  });
  return () => table.check(permissions, addresses);
}

test('a route that says everything passes', () => {
  expect(check('/rest/:name', good)).not.toThrow();
});

test.each([
  ['allow', { errors: jsonErrors, family: 'A' }],
  ['errors', { allow: 'a.read', family: 'A' }],
  ['family', { allow: 'a.read', errors: jsonErrors }],
])('a route without %s stops the start', (missing, config) => {
  expect(check('/rest/:name', config)).toThrow(missing);
});

test('an unknown permission stops the start', () => {
  expect(check('/rest/:name', { ...good, allow: 'a.wrte' })).toThrow('a.wrte');
});

test('a route in an address of another owner stops the start', () => {
  expect(check('/api/core/mine', good)).toThrow('lies in the address of core');
});

test('two routes that differ by a slash only stop the start', () => {
  expect(check('/rest/a', good, 'uws', '/rest/a/')).toThrow('by a slash only');
});

test('the longest declared address owns a path', () => {
  expect(ownerOf('/rest/hello/async', addresses)).toBe('uws');
  expect(ownerOf('/restless', addresses)).toBe('core');
  expect(ownerOf('/api/uws', addresses)).toBe('uws');
});
