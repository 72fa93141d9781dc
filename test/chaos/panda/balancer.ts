import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import type { Fleet } from '../fleet.ts';

/** One address in front of servers that come and go, as a site has it; each connection goes to one that lives. */
export class Balancer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(fleet: Fleet): Promise<Balancer> {
    const server = createServer((client) => {
      const { addresses } = fleet;
      const address = addresses[Math.floor(Math.random() * addresses.length)];
      client.on('error', () => client.destroy());
      if (address === undefined) {
        client.destroy();
        return;
      }
      const { port, hostname } = new URL(address);
      const upstream = connect(Number(port), hostname);
      upstream.on('error', () => client.destroy());
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
      client.pipe(upstream).pipe(client);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Balancer(server);
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }
}
