import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

type Fields = Record<string, unknown>;

/** What a pilot needs of a server, in memory: for tests of the pilot alone. */
export class FakeServer {
  readonly scripts = new Map<string, string>();
  readonly files = new Map<string, Buffer>();
  readonly reports: Fields[] = [];
  readonly asked: Fields[] = [];
  readonly tokens = new Set<string>();
  readonly uploads = new Map<string, Buffer>();
  /** Answers the next reports; afterwards `NULL`. */
  commands: string[] = [];
  /** True: every call of a method is answered 500, after it was heard. */
  isBroken = false;
  /** What the door to storage says instead of taking a file (413). */
  refusal: string | null = null;
  state = 'ACTIVE';
  readonly #storage: string;
  readonly #jobs: Fields[] = [];
  readonly #server: Server;

  private constructor(storage: string) {
    this.#storage = storage;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    });
  }

  static async start(storage: string): Promise<FakeServer> {
    const fake = new FakeServer(storage);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A job as getJob answers it; what is not said has a sensible default. */
  addJob(wish: Fields): void {
    this.#jobs.push({
      StatusCode: 0,
      taskID: 501,
      attemptNr: 1,
      transformation: `${this.address}/trf/run`,
      jobPars: '',
      coreCount: 1,
      scopeOut: 'user.tester',
      scopeLog: 'user.tester',
      logFile: 'log.tgz',
      logGUID: 'LOG-GUID',
      ddmEndPointOut: 'LOCAL_DATADISK,LOCAL_DATADISK',
      ...wish,
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const { pathname } = new URL(request.url ?? '/', this.address);
    const method = /^\/server\/panda\/(\w+)$/.exec(pathname)?.[1];
    if (request.headers.origin === 'refused') {
      response.statusCode = 403;
      response.end('ERROR : Token authentication failed.');
      return;
    }
    if (method !== undefined && request.method === 'POST') {
      this.tokens.add(`${request.headers.authorization} ${request.headers.origin}`);
      const answer = this.#call(
        method,
        body.length === 0 ? {} : (JSON.parse(gunzipSync(body).toString()) as Fields),
      );
      response.statusCode = this.isBroken ? 500 : 200;
      response.end(this.isBroken ? 'broken' : JSON.stringify(answer));
      return;
    }
    if (request.method === 'PUT') {
      this.uploads.set(pathname, body);
      response.statusCode = this.refusal === null ? 201 : 413;
      response.end(JSON.stringify(this.refusal === null ? {} : { message: this.refusal }));
      return;
    }
    const file = this.#file(pathname);
    response.statusCode = file === undefined ? 404 : 200;
    response.end(file ?? 'not found');
  }

  #call(method: string, fields: Fields): Fields {
    if (method === 'getJob') {
      if (this.isBroken) return {};
      this.asked.push(fields);
      return this.#jobs.shift() ?? { StatusCode: 20, errorDialog: 'no jobs in PanDA' };
    }
    this.reports.push({ method, ...fields });
    return { StatusCode: 0, command: this.commands.shift() ?? 'NULL' };
  }

  #file(pathname: string): string | Buffer | undefined {
    if (pathname === '/cache/schedconfig/LOCALTEST.all.json') {
      return JSON.stringify({
        nickname: 'LOCALTEST',
        panda_resource: 'LOCALTEST',
        state: this.state,
        status: 'online',
      });
    }
    if (pathname === '/cache/ddmendpoints.json') {
      const door = [{ endpoint: 'file://localhost', path: this.#storage }];
      return JSON.stringify({ LOCAL_DATADISK: { arprotocols: { read_lan: door, write_lan: door } } });
    }
    if (pathname.startsWith('/trf/')) return this.scripts.get(pathname.slice(5));
    return this.files.get(pathname);
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
