import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { adminToken, type Fleet } from '../fleet.ts';

export interface Answer {
  status: number;
  location: string;
  body: Buffer;
}

export interface Question {
  method?: 'GET' | 'POST' | 'DELETE';
  form?: Record<string, string>;
  /** Sent with the form, as multipart. */
  file?: { name: string; content: Buffer };
  timeoutMs?: number;
}

/** Asks a random living server once. Null = no server, or the connection broke before the whole answer was there. */
export function ask(fleet: Fleet, path: string, question: Question = {}): Promise<Answer | null> {
  const { addresses } = fleet;
  const address = addresses[Math.floor(Math.random() * addresses.length)];
  if (address === undefined) return Promise.resolve(null);
  const { method = 'GET', timeoutMs = 30_000 } = question;
  const { type, body } = bodyOf(question);
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${adminToken}`,
      connection: 'close',
      ...(body === undefined ? {} : { 'content-type': type, 'content-length': body.length }),
    };
    const asked = request(
      address + path,
      { method, headers, agent: false, timeout: timeoutMs },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => resolve(null));
        response.on('aborted', () => resolve(null));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            location: response.headers.location ?? '',
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(null));
    asked.on('close', () => resolve(null));
    asked.end(body);
  });
}

/** Asks until an answer comes that is not "busy": servers and database are being killed. */
export async function askUntilAnswered(fleet: Fleet, path: string, question: Question = {}): Promise<Answer> {
  for (const deadline = Date.now() + 180_000; ; await sleep(100 + Math.random() * 200)) {
    const answer = await ask(fleet, path, question);
    if (answer !== null && answer.status !== 503) return answer;
    if (Date.now() > deadline) throw new Error(`nobody answered ${path} for 180 s`);
  }
}

function bodyOf({ form, file }: Question): { type: string; body: Buffer | undefined } {
  if (form === undefined) return { type: '', body: undefined };
  if (file === undefined) {
    return {
      type: 'application/x-www-form-urlencoded',
      body: Buffer.from(new URLSearchParams(form).toString()),
    };
  }
  const boundary = '----between-the-parts';
  const parts = Object.entries(form).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${file.name}"; filename="sent.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([
      Buffer.from(parts.join('') + head),
      file.content,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}
