import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { say, settingsOf } from './child.ts';

/**
 * Clients that send one request after the other over connections that stay open. On bare sockets, because a whole
 * HTTP client would need more of the two processors than the server that is measured.
 */
export interface RequestsSettings {
  port: number;
  /** Request line and headers, without the empty line. */
  head: string;
  body?: string;
  /** A file with a JSON list of bodies, which are sent in turn instead of the one. */
  bodiesFile?: string;
  /** What stands in the head in place of `#`, in turn. */
  fill?: readonly string[];
  connections: number;
  /** Answers after which they stop. */
  total: number;
  /** The status each answer must have. */
  status: number;
  /** Keep what the first group of this expression finds in the answers. */
  keep?: string;
}

export interface RequestsResult {
  seconds: number;
  /** Milliseconds of each answer. */
  latencies: Float64Array;
  kept: string[];
  /** Bytes of the last answer. */
  answerBytes: number;
  /** The first answer with another status. */
  failure: string | null;
  failures: number;
}

const settings = settingsOf<RequestsSettings>();
const { body = '', fill = [''] } = settings;
const bodies =
  settings.bodiesFile === undefined
    ? fill.map(() => body)
    : (JSON.parse(readFileSync(settings.bodiesFile, 'utf8')) as string[]);
const requests = bodies.map((one, at) => {
  const length = one === '' ? '' : `Content-Length: ${Buffer.byteLength(one)}\r\n`;
  const head = settings.head.replace('#', fill[at % fill.length] ?? '');
  return Buffer.from(`${head}\r\nHost: 127.0.0.1:${settings.port}\r\n${length}\r\n${one}`);
});
const expected = `HTTP/1.1 ${settings.status} `;
const keep = settings.keep === undefined ? undefined : new RegExp(settings.keep);
const latencies = new Float64Array(settings.total);
const kept: string[] = [];
let sent = 0;
let answered = 0;
let failures = 0;
let failure: string | null = null;
let answerBytes = 0;

/** Bytes that the answer will have, or 0 while its head is not whole. */
function answerLength(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const isBare = text.startsWith('HTTP/1.1 304') || text.startsWith('HTTP/1.1 204');
  const length = isBare ? '0' : /content-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  if (length === undefined) throw new Error(`an answer without a length: ${text.slice(0, head)}`);
  return head + 4 + Number(length);
}

function note(text: string, sentAt: number): void {
  latencies[answered] = performance.now() - sentAt;
  answered++;
  answerBytes = text.length;
  if (!text.startsWith(expected)) {
    failures++;
    failure ??= text.slice(0, 2000);
  }
  const found = keep?.exec(text)?.[1];
  if (found !== undefined) kept.push(found);
}

function runClient(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port: settings.port, host: '127.0.0.1', noDelay: true });
    let text = '';
    let awaited = 0;
    let sentAt = 0;
    const send = (): void => {
      if (sent >= settings.total) {
        socket.destroy();
        resolve();
        return;
      }
      sentAt = performance.now();
      socket.write(requests[sent++ % requests.length] as Buffer);
    };
    socket.setEncoding('latin1');
    socket.on('connect', send);
    socket.on('data', (chunk: string) => {
      text += chunk;
      // Looked for once: a large answer comes in many pieces.
      if (awaited === 0) awaited = answerLength(text);
      if (awaited === 0 || text.length < awaited) return;
      note(text, sentAt);
      text = '';
      awaited = 0;
      send();
    });
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('the server closed a connection')));
  });
}

const started = performance.now();
await Promise.all(Array.from({ length: settings.connections }, runClient));
const seconds = (performance.now() - started) / 1000;
await say({ seconds, latencies, kept, answerBytes, failure, failures } satisfies RequestsResult);
process.disconnect();
