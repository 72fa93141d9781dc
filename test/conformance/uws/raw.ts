import { connect } from 'node:net';

/** Longer than this without an answer is a hang: twice what is bearable, since the machine runs other tests as well. */
const patienceMs = 10_000;

export interface RawAnswer {
  status: number;
  /** Status line and headers, as they came. */
  head: string;
  body: string;
}

/**
 * Sends bytes as they are, whether they are a request or not; `cut` = the client says that no more will come.
 * `closed` = the server ended the connection without an answer, its right when the request was cut short;
 * `silent` = it did nothing for ten seconds.
 */
export function sendRaw(
  address: string,
  bytes: Buffer | string,
  cut = false,
): Promise<RawAnswer | 'closed' | 'silent'> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) });
    const finish = (end: RawAnswer | 'closed' | 'silent') => {
      clearTimeout(timer);
      socket.destroy();
      resolve(end);
    };
    const timer = setTimeout(finish, patienceMs, 'silent');
    socket.on('data', (chunk) => chunks.push(chunk));
    // The server may answer and close while the rest is still on its way.
    socket.on('error', () => {});
    socket.on('close', () => finish(read(Buffer.concat(chunks)) ?? 'closed'));
    if (cut) socket.end(bytes);
    else socket.write(bytes);
  });
}

function read(bytes: Buffer): RawAnswer | null {
  const text = bytes.toString('utf8');
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
  if (status === undefined) return null;
  const end = text.indexOf('\r\n\r\n');
  return { status: Number(status), head: text.slice(0, end), body: text.slice(end + 4) };
}

export interface RawRequest {
  method?: string;
  target: string;
  headers?: readonly (readonly [name: string, value: string])[];
  body?: Buffer | string;
  /** What the header claims; the true length unless told otherwise. */
  length?: number;
}

/** Does the request claim a longer body than it has? */
export function isCut({ body = '', length = 0 }: RawRequest): boolean {
  return length > Buffer.byteLength(body);
}

/** One request that asks for the end of the connection. */
export function rawRequest(
  host: string,
  { method = 'GET', target, headers = [], body = '', length }: RawRequest,
): Buffer {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body, 'utf8');
  const claimed = length ?? bytes.length;
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(method === 'GET' && claimed === 0 ? [] : [`Content-Length: ${claimed}`]),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8'), bytes]);
}
