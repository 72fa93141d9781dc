import type { AddressInfo } from 'node:net';
import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import type { Routes } from '../../core/module.ts';
import { perCore } from '../per-core.ts';
import { pandaSettings } from '../settings.ts';

interface Listening {
  address(): AddressInfo | string | null;
}

const listeningOf = perCore((): { server: Listening | null } => ({ server: null }));

/** Remembers who answers requests in this process; adds no route. */
export const rememberListener: Routes = (app, core) => {
  listeningOf(core).server = app.server;
};

/** Where a program on this machine reaches this server; null while it does not listen. */
export function localAddress(core: Core): string | null {
  const { factory } = settingsOf(core.config, 'panda', pandaSettings);
  if (factory.server !== undefined) return factory.server.replace(/\/+$/, '');
  const { host, port } = core.config.http;
  const bound = listeningOf(core).server?.address();
  const openPort = typeof bound === 'object' && bound !== null ? bound.port : port;
  return openPort === 0 ? null : `http://${loopbackOf(host)}:${openPort}`;
}

/** Other names under which jobs may speak of this server. */
export function otherAddresses(core: Core): string[] {
  const { publicUrl, http } = core.config;
  const local = localAddress(core);
  const port = local === null ? '' : new URL(local).port;
  const names = ['127.0.0.1', 'localhost', '[::1]', ...http.allowedHosts].map(
    (name) => `http://${name}:${port}`,
  );
  return [...(publicUrl === undefined ? [] : [publicUrl.replace(/\/+$/, '')]), ...names].filter(
    (each) => each !== local,
  );
}

function loopbackOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::' || host === '[::]') return '[::1]';
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
