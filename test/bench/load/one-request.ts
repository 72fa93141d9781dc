import { connect } from 'node:net';

export interface Answer {
  status: number;
  body: string;
}

/**
 * One request over a connection of its own, as a pilot makes it. On a bare socket, because a whole HTTP client would
 * need more of the two processors than the server that is measured.
 */
export function ask(port: number, request: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let text = '';
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(request));
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('end', () => {
      const head = text.indexOf('\r\n\r\n');
      if (head < 0) reject(new Error(`the server closed after ${text.length} bytes`));
      else resolve({ status: Number(text.slice(9, 12)), body: text.slice(head + 4) });
    });
    socket.on('error', reject);
    socket.setTimeout(60_000, () => socket.destroy(new Error('no answer within a minute')));
  });
}

/** The request as bytes, with its length and `Connection: close`. */
export function requestOf(head: readonly string[], body: Buffer): Buffer {
  const lines = [...head, 'Host: 127.0.0.1', 'Connection: close', `Content-Length: ${body.length}`, '', ''];
  return Buffer.concat([Buffer.from(lines.join('\r\n')), body]);
}
