import { expect } from 'vitest';
import { createAccount, createToken } from '../../server/src/core/auth/index.ts';
import { childNamed, parseXml, type XmlElement } from '../../server/src/uws/xml/parse.ts';
import type { TestServer } from './server.ts';

export interface Asked {
  method?: string;
  body?: string | FormData | URLSearchParams | Uint8Array<ArrayBuffer> | ReadableStream;
  headers?: Record<string, string>;
}

/** A client of the job lists of a test server; redirects are shown, not followed. */
export interface UwsClient {
  readonly token: string | null;
  ask(path: string, asked?: Asked): Promise<Response>;
  text(path: string, asked?: Asked): Promise<string>;
  document(path: string): Promise<XmlElement>;
  /** The address of a new job. */
  create(name: string, fields?: Record<string, string> | FormData): Promise<string>;
  /** The final phase of a job. */
  finished(url: string): Promise<string>;
}

/** Makes the account with these roles and gives its client. */
export async function uwsClient(
  server: TestServer,
  name: string,
  roles: string[] = ['user'],
): Promise<UwsClient> {
  const { context } = server.core.auth;
  await createAccount(context, { name: 'tester' }, { name, roles });
  return clientWith(server, await createToken(context, { name: 'tester' }, { user: name }));
}

/** A client that shows `token`, or nothing. */
export function clientWith(server: TestServer, token: string | null): UwsClient {
  const ask: UwsClient['ask'] = (path, { headers, ...rest } = {}) => {
    const url = path.startsWith('http') ? path : `${server.address}${path}`;
    const auth = token === null ? {} : { authorization: `Bearer ${token}` };
    const options = {
      redirect: 'manual',
      duplex: 'half',
      ...rest,
      headers: { ...auth, ...headers },
    } as const;
    return fetch(url, options);
  };
  const text: UwsClient['text'] = async (path, asked) => (await ask(path, asked)).text();
  const document: UwsClient['document'] = async (path) => parseXml(await text(path));
  return {
    token,
    ask,
    text,
    document,
    async create(name, fields = {}) {
      const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
      const answer = await ask(`/rest/${name}`, { method: 'POST', body });
      expect(answer.status, await answer.text()).toBe(303);
      return answer.headers.get('location') ?? '';
    },
    async finished(url) {
      for (let tries = 0; tries < 20; tries++) {
        const phase = childNamed(await document(`${url}?WAIT=10`), 'phase')?.text ?? '';
        if (['COMPLETED', 'ERROR', 'ABORTED'].includes(phase)) return phase;
      }
      throw new Error(`${url} did not end`);
    },
  };
}
