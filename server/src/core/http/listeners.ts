import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../errors.ts';
import type { App } from './types.ts';
import { answerExpectation, answerUnreadable } from './unreadable.ts';

export interface ListenAt {
  host: string;
  /** 0 = any free one. */
  port: number;
  /** Several processes listen on this address. */
  shared: boolean;
}

/**
 * Connections that the system accepts while this process is busy. Those beyond are dropped without a word and come
 * again after 1, 3, 7 … seconds: with 400 new ones a second Node's own 511 are full after a pause of little more than
 * one second. The system cuts this to its own limit.
 */
const backlog = 4096;

/** How long a connection that said nothing yet may still bring a request after the server was told to stop. */
const silenceMs = 200;

/**
 * The addresses one server answers on. Closing waits for the requests that are being answered, not for connections
 * without one: neither those kept alive, nor those that a browser opens ahead of need and never uses, which Node
 * counts as busy.
 */
export class Listeners {
  readonly #app: App;
  readonly #servers: Server[] = [];
  readonly #silent = new Set<Socket>();

  constructor(app: App) {
    this.#app = app;
    this.#watch(app.server);
  }

  /** Listens and returns the port. Throws a sentence when the address cannot be had. */
  async listen({ host, port, shared }: ListenAt): Promise<number> {
    const options = { host, port, backlog, ...(shared ? { reusePort: true } : {}) };
    const isFirst = this.#servers.length === 1 && !this.#app.server.listening;
    const server = isFirst ? this.#app.server : createServer(this.#app.routing);
    try {
      if (isFirst) await this.#app.listen(options);
      else {
        this.#watch(server);
        server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
          answerUnreadable(error.code, socket),
        );
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject).listen(options, resolve);
        });
      }
    } catch (cause) {
      throw notListening(host, port, cause as NodeJS.ErrnoException);
    }
    const bound = server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : port;
  }

  async close(): Promise<void> {
    const hangUp = setInterval(() => {
      for (const socket of this.#silent) if (socket.bytesRead === 0) socket.destroy();
      for (const server of this.#servers) server.closeIdleConnections();
    }, silenceMs);
    const [, ...others] = this.#servers;
    const closed = others.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    await Promise.all([this.#app.close(), ...closed]);
    clearInterval(hangUp);
  }

  #watch(server: Server): void {
    this.#servers.push(server);
    server.on('checkExpectation', answerExpectation);
    server.on('connection', (socket) => {
      this.#silent.add(socket);
      socket.once('close', () => this.#silent.delete(socket));
    });
    server.on('request', ({ socket }) => this.#silent.delete(socket));
  }
}

const reasons: Readonly<Record<string, readonly [code: string, why: string, next: string]>> = {
  EADDRINUSE: ['http.port-taken', 'is used by another program', 'Choose another port with --port.'],
  EACCES: ['http.port-forbidden', 'may not be used by this account', 'Choose a port above 1023 with --port.'],
  EADDRNOTAVAIL: ['http.host-unusable', 'is no address of this machine', 'Choose another one with --host.'],
  ENOTFOUND: ['http.host-unusable', 'is no address that is known here', 'Choose another one with --host.'],
  EAI_AGAIN: ['http.host-unusable', 'is no address that is known here', 'Choose another one with --host.'],
};

/** Why the server cannot listen there, as a sentence; what is unexpected is returned as it is. */
export function notListening(host: string, port: number, cause: NodeJS.ErrnoException): Error {
  const [code, why, next] = reasons[cause.code ?? ''] ?? [];
  if (code === undefined || next === undefined) return cause;
  return new AppError('conflict', code, `Port ${port} of ${host} ${why}.`, { next, cause });
}
