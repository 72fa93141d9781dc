import { createAccount, createToken } from '../../server/src/core/auth/index.ts';
import type { TestServer } from './server.ts';

interface Envelope {
  success: boolean;
  message: string;
  data: unknown;
}

/** Calls methods of PanDA as their clients do: legacy by form with JSON answers, v1 by JSON or query. */
export interface PandaCalls {
  /** The answer of a legacy method; objects and lists among the fields travel as JSON text. */
  legacy(method: string, fields?: Record<string, unknown>): Promise<unknown>;
  post(path: string, body?: Record<string, unknown>): Promise<Envelope>;
  get(path: string, query?: Record<string, string>): Promise<Envelope>;
}

const actor = { name: 'test' };

/** Calls in the name of a new account that holds the roles; without roles in nobody's name. */
export async function pandaCalls(
  { address, core }: TestServer,
  name: string,
  ...roles: string[]
): Promise<PandaCalls> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (roles.length > 0) {
    await createAccount(core.auth.context, actor, { name, roles });
    headers.authorization = `Bearer ${await createToken(core.auth.context, actor, { user: name })}`;
  }
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const answer = await fetch(`${address}${path}`, { ...init, headers: { ...headers, ...init.headers } });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${answer.status} ${text}`);
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    return isJson ? JSON.parse(text) : text;
  };
  return {
    legacy(method, fields = {}) {
      const texts = Object.entries(fields).map(([field, value]): [string, string] => [
        field,
        typeof value === 'object' ? JSON.stringify(value) : String(value),
      ]);
      return ask(`/server/panda/${method}`, { method: 'POST', body: new URLSearchParams(texts) });
    },
    post: async (path, body = {}) =>
      (await ask(`/api/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })) as Envelope,
    get: async (path, query = {}) => (await ask(`/api/v1/${path}?${new URLSearchParams(query)}`)) as Envelope,
  };
}
