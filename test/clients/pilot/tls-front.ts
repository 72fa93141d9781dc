import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { request as ask } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TlsFront {
  address: string;
  /** Certificate to trust. */
  certificate: string;
  stop(): Promise<void>;
}

/** A TLS front before a server on loopback, as nginx would be, with a certificate of its own made by openssl. */
export async function tlsFront(server: string, folder: string): Promise<TlsFront> {
  const [key, certificate] = [path.join(folder, 'front.key'), path.join(folder, 'front.pem')];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
  ]);
  const { hostname, port } = new URL(server);
  const front: Server = createServer(
    { key: await readFile(key), cert: await readFile(certificate) },
    (incoming, outgoing) => {
      const headers = { ...incoming.headers, 'x-forwarded-proto': 'https' };
      const { method = 'GET', url = '/' } = incoming;
      const onward = ask({ hostname, port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      incoming.pipe(onward);
    },
  );
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  return {
    address: `https://127.0.0.1:${(front.address() as AddressInfo).port}`,
    certificate,
    stop: () => new Promise((resolve) => front.close(() => resolve())),
  };
}
