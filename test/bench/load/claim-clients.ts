import { connect, type Socket } from 'node:net';
import { say, settingsOf } from './child.ts';

/**
 * Clients that post one request after the other over connections that stay open. On bare sockets, because a whole
 * HTTP client would need more of the two processors than the server that is measured.
 */
export interface ClientsSettings {
  port: number;
  path: string;
  token: string;
  connections: number;
  /** Answers after which they stop. */
  total: number;
  /** What is sent; `#` becomes the number of the connection. */
  body: string;
}

export interface ClientsResult {
  seconds: number;
  /** Milliseconds of each answer. */
  latencies: Float64Array;
  /** Numbers in the answers (`{"ticketId":7}`), 0 where there is none. */
  ids: Uint32Array;
  /** Answers in each second. */
  perSecond: number[];
  /** Answers other than 200. */
  failures: number;
}

const settings = settingsOf<ClientsSettings>();
const latencies = new Float64Array(settings.total);
const ids = new Uint32Array(settings.total);
const perSecond: number[] = [];
let sent = 0;
let answered = 0;
let failures = 0;
const started = performance.now();

function requestOf(connection: number): Buffer {
  const body = settings.body.replace('#', String(connection));
  return Buffer.from(
    `POST ${settings.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${settings.token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** The length of the first whole answer in `text`, or 0 while it is not whole. */
function answerLength(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const length = /content-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  if (length === undefined) throw new Error(`an answer without a length: ${text.slice(0, head)}`);
  const whole = head + 4 + Number(length);
  return text.length >= whole ? whole : 0;
}

function note(text: string, sentAt: number): void {
  const now = performance.now();
  latencies[answered] = now - sentAt;
  if (!text.startsWith('HTTP/1.1 200')) failures++;
  ids[answered] = Number(/"ticketId":(\d+)/.exec(text)?.[1] ?? 0);
  const second = Math.floor((now - started) / 1000);
  perSecond[second] = (perSecond[second] ?? 0) + 1;
  answered++;
}

function runClient(connection: number): Promise<void> {
  const request = requestOf(connection);
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port: settings.port, host: '127.0.0.1', noDelay: true });
    let text = '';
    let sentAt = 0;
    const send = (): void => {
      if (sent >= settings.total) {
        socket.destroy();
        resolve();
        return;
      }
      sent++;
      sentAt = performance.now();
      socket.write(request);
    };
    socket.setEncoding('latin1');
    socket.on('connect', send);
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (answerLength(text) === 0) return;
      note(text, sentAt);
      text = '';
      send();
    });
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('the server closed a connection')));
  });
}

await Promise.all(Array.from({ length: settings.connections }, (_, index) => runClient(index)));
const seconds = (performance.now() - started) / 1000;
await say({
  seconds,
  latencies,
  ids,
  perSecond: Array.from(perSecond, (n) => n ?? 0),
  failures,
} satisfies ClientsResult);
process.disconnect();
