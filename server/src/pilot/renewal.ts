import { readFile } from 'node:fs/promises';
import type { Access } from './access.ts';
import { messageOf } from './problems.ts';
import type { PandaServer } from './server.ts';

const everyMs = 3_600_000;
const againMs = 300_000;

/** Renews the token with a key at once and every hour; what goes wrong is told, the old token may still be good. */
export function renewToken(
  server: PandaServer,
  access: Access,
  keyFile: string,
  tell: (line: string) => void,
): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const turn = async (): Promise<void> => {
    let nextMs = everyMs;
    try {
      const key = (await readFile(keyFile, 'utf8')).trim();
      const query = new URLSearchParams({ client_name: 'pilot_server', token_key: key });
      const answer = await server.get(`/server/panda/get_access_token?${query}`);
      await access.replace(readToken(answer.toString('utf8')));
    } catch (error) {
      tell(`the token was not renewed: ${messageOf(error)}`);
      nextMs = againMs;
    }
    timer = setTimeout(() => void turn(), nextMs);
    timer.unref();
  };
  void turn();
  return { stop: () => clearTimeout(timer) };
}

/** The answer is a literal of Python: `{"StatusCode": 0, "userProxy": "<token>"}`. */
export function readToken(text: string): string {
  const token = /['"]userProxy['"]\s*:\s*['"]([^'"\s]+)['"]/.exec(text)?.[1];
  if (token === undefined) throw new Error(`the server answered ${text.slice(0, 200)}`);
  return token;
}
