import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { example } from '../../../../test/support/example-service/index.ts';
import { testServer } from '../../../../test/support/server.ts';
import { unheardErrors } from '../../../../test/support/unheard.ts';
import type { ServiceModule } from '../module.ts';
import { jsonErrors } from './index.ts';

const broken = Promise.withResolvers<void>();

/** Reads a body as libraries do: listens for errors, and no longer once the connection has broken. */
const reader: ServiceModule = {
  ...example,
  routes: [
    ...example.routes,
    async (app) => {
      await app.register(async (scope) => {
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser('*', (_request: unknown, _payload: unknown, done: (error: null) => void) =>
          done(null),
        );
        const config = { allow: 'public', errors: jsonErrors, family: 'test' } as const;
        scope.post('/api/example/body', { config }, async ({ raw }) => {
          const heard = () => {};
          raw.on('error', heard).resume();
          raw.once('aborted', () => {
            // Two turns later Node has seen the listener and not yet told it.
            process.nextTick(() => process.nextTick(() => raw.removeListener('error', heard)));
            broken.resolve();
          });
          await broken.promise;
          return 'gone';
        });
      });
    },
  ],
};
const server = await testServer([reader]);

test('a body that breaks off while nobody listens any more does not end the server', async () => {
  const unheard = await unheardErrors(async () => {
    const socket = connect(Number(new URL(server.address).port), '127.0.0.1');
    const head =
      'POST /api/example/body HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/x\r\nContent-Length: 100\r\n\r\n';
    await once(socket, 'connect');
    socket.write(`${head}the first part`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    await broken.promise;
  });
  expect(unheard).toEqual([]);
  expect((await fetch(`${server.address}/healthz`)).status).toBe(200);
});
