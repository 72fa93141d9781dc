import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { serviceSettings } from '../compose.ts';
import { loadConfig } from '../core/config/index.ts';
import { messageOf } from '../core/errors.ts';
import { CommandFailure } from './failure.ts';

export interface ServerFlags {
  server?: string;
  token?: string;
  tokenFile?: string;
}

/** `--server`, else `ORRERY_URL`, else where the settings put the server of this machine. */
export async function findServer(flags: ServerFlags, environment = process.env): Promise<URL> {
  const text = flags.server ?? nonEmpty(environment.ORRERY_URL);
  if (text === undefined) return await localServer(environment);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') {
    throw new CommandFailure(
      'usage',
      `"${text}" is not the address of a server.`,
      'Write it like https://orrery.example.org or http://127.0.0.1:8080; the token goes into ORRERY_TOKEN.',
    );
  }
  return url;
}

async function localServer(environment: NodeJS.ProcessEnv): Promise<URL> {
  const { config } = loadConfig({ services: await serviceSettings(), environment });
  const { host, port } = config.http;
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const name = isEverywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  // Port 0 means any: the server printed which one.
  return new URL(`http://${name}:${port === 0 ? 8080 : port}`);
}

/**
 * `--token`, `--token-file`, `ORRERY_TOKEN`, `ORRERY_TOKEN_FILE`, else `orrery/token` in the user's configuration
 * folder if there is one. Null = ask without a token.
 */
export async function findToken(flags: ServerFlags, environment = process.env): Promise<string | null> {
  if (flags.token !== undefined) return wellFormed(flags.token, '--token');
  if (flags.tokenFile !== undefined) return await tokenIn(flags.tokenFile);
  const given = nonEmpty(environment.ORRERY_TOKEN);
  if (given !== undefined) return wellFormed(given, 'ORRERY_TOKEN');
  const file = nonEmpty(environment.ORRERY_TOKEN_FILE);
  if (file !== undefined) return await tokenIn(file);
  const folder = nonEmpty(environment.XDG_CONFIG_HOME) ?? path.join(homedir(), '.config');
  return await tokenIn(path.join(folder, 'orrery', 'token'), { mayLack: true });
}

const nonEmpty = (text: string | undefined) => (text === '' ? undefined : text);

async function tokenIn(file: string, options?: { mayLack: true }): Promise<string | null> {
  try {
    return wellFormed(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    if (options?.mayLack === true) return null;
    throw new CommandFailure(
      'usage',
      `The token file cannot be read: ${messageOf(error)}.`,
      'Make it with "orrery token create --user NAME > FILE".',
    );
  }
}

/** One word of visible ASCII: anything else cannot stand in a header. */
function wellFormed(text: string, where: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new CommandFailure(
    'usage',
    `${where} holds no token.`,
    '"orrery token create --user NAME" prints one.',
  );
}
