import { createHash } from 'node:crypto';
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, createServer, type Server as TcpServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What one job told while it ran: the words of its runs. */
export interface Told {
  begins: string[];
  ends: string[];
}

/** Nobody kills it: runs tell it when they begin and end, and it has the files that jobs fetch. */
export class Witness {
  readonly #told = new Map<string, Told>();
  readonly #tcp: TcpServer;
  readonly #http: Server;

  private constructor(tcp: TcpServer, http: Server) {
    this.#tcp = tcp;
    this.#http = http;
  }

  static async start(): Promise<Witness> {
    const tcp = createServer();
    const http = createHttpServer((request, response) => {
      // Slow now and then, so that servers are killed while they fetch.
      void sleep(Math.random() * 3000).then(() => response.end(contentOf(request.url ?? '')));
    });
    const witness = new Witness(tcp, http);
    tcp.on('connection', (socket) => {
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (!text.endsWith('\n')) return;
        witness.#hear(text.trim());
        socket.end('heard\n');
      });
      socket.on('error', () => socket.destroy());
    });
    for (const server of [tcp, http]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    return witness;
  }

  get port(): number {
    return (this.#tcp.address() as AddressInfo).port;
  }

  /** An address whose content depends on the label. */
  fileFor(label: string): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/${label}.bin`;
  }

  of(label: string): Told {
    const known = this.#told.get(label) ?? { begins: [], ends: [] };
    this.#told.set(label, known);
    return known;
  }

  #hear(line: string): void {
    const [what, label = '', word = ''] = line.split(' ');
    if (what === 'begin') this.of(label).begins.push(word);
    if (what === 'end') this.of(label).ends.push(word);
  }

  close(): void {
    this.#tcp.close();
    this.#http.close();
    this.#http.closeAllConnections();
  }
}

/** 100 kB that only this path has. */
export function contentOf(path: string): Buffer {
  const seed = createHash('sha256').update(path).digest();
  return Buffer.alloc(100_000, seed);
}
