import type { TestServer } from './server.ts';

export interface RpcAnswer {
  error: { name: string; code: number; message: string; data: null } | null;
  id: unknown;
  jsonrpc: string;
  result: unknown;
}

/** Calls by JSON-RPC as clients of CRDS make them. */
export function rpcOf(server: Pick<TestServer, 'address'>, observatory: string) {
  async function call(body: string): Promise<RpcAnswer> {
    const answer = await fetch(`${server.address}/crds/${observatory}/json/some/id/`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as RpcAnswer;
  }
  const ask = (method: string, params: unknown[]) =>
    call(JSON.stringify({ jsonrpc: '1.0', method, params, id: 'test' }));
  return {
    call,
    async result(method: string, ...params: unknown[]): Promise<unknown> {
      const { error, result } = await ask(method, params);
      if (error !== null) throw new Error(error.message);
      return result;
    },
    async failure(method: string, ...params: unknown[]): Promise<string> {
      return (await ask(method, params)).error?.message ?? '';
    },
  };
}
