import { createReadStream, createWriteStream } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream/promises';

export interface Answer {
  status: number;
  body: Buffer;
}

export interface Ask {
  method: 'GET' | 'POST' | 'PUT';
  headers?: Record<string, string>;
  body?: Buffer;
  /** A file whose bytes are the body. */
  file?: { path: string; sizeBytes: number };
  /** Certificates of authorities to be believed besides the usual ones. */
  ca?: Buffer | undefined;
  /** Silence of the other side after which it counts as gone; default 60 s. */
  silenceMs?: number;
  signal?: AbortSignal | undefined;
}

/** Bytes of an answer that is kept in memory. */
const maxAnswerBytes = 64 * 1024 * 1024;

/**
 * One request on a connection of its own, as pilots make them: a kept connection to a server that has been started
 * again would fail after the question was sent, and nobody knew whether it was heard.
 */
export async function ask(url: string, question: Ask): Promise<Answer> {
  const answer = await open(url, question);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer) {
    const bytes = part as Buffer;
    size += bytes.length;
    if (size > maxAnswerBytes) throw new Error(`the answer of ${url} is larger than ${maxAnswerBytes} bytes`);
    parts.push(bytes);
  }
  return { status: answer.statusCode ?? 0, body: Buffer.concat(parts) };
}

/** Stores what an address answers in a file; throws unless the answer is 200. */
export async function download(url: string, file: string, question: Omit<Ask, 'method'>): Promise<void> {
  const answer = await open(url, { ...question, method: 'GET' });
  if (answer.statusCode !== 200) {
    answer.resume();
    throw new Error(`${url} answered ${answer.statusCode}`);
  }
  await pipeline(answer, createWriteStream(file));
}

function open(url: string, question: Ask): Promise<http.IncomingMessage> {
  const { method, headers = {}, body, file, ca, silenceMs = 60_000, signal } = question;
  const address = new URL(url);
  const speak = address.protocol === 'https:' ? https.request : http.request;
  const length = body?.length ?? file?.sizeBytes;
  return new Promise((resolve, reject) => {
    const request = speak(address, {
      method,
      agent: false,
      headers: {
        ...headers,
        connection: 'close',
        ...(length === undefined ? {} : { 'content-length': String(length) }),
      },
      ...(ca === undefined ? {} : { ca }),
      ...(signal === undefined ? {} : { signal }),
    });
    request.setTimeout(silenceMs, () => {
      request.destroy(new Error(`${address.origin} was silent for ${silenceMs / 1000} s`));
    });
    request.on('response', resolve);
    request.on('error', reject);
    if (file === undefined) request.end(body);
    else pipeline(createReadStream(file.path), request).catch(reject);
  });
}
