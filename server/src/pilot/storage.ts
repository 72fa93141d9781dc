import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, copyFile, mkdir, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Measured } from './checksum.ts';
import { messageOf } from './problems.ts';
import { ask, download } from './request.ts';
import { type PandaServer, Refusal } from './server.ts';
import { textOf } from './wire.ts';

/** A way to the files of an endpoint: `file://localhost` or an address, and the folder below it. */
export interface Door {
  origin: string;
  folder: string;
}

export interface Endpoint {
  name: string;
  /** Best first, for reading and for writing. */
  read: Door[];
  write: Door[];
}

/** Where a server takes files for endpoints whose folder cannot be reached from here. */
const gatePath = '/api/panda/storage';

/** All endpoints by name; none when the server has no such list. */
export async function fetchEndpoints(server: PandaServer): Promise<Map<string, Endpoint>> {
  let text: string;
  try {
    text = (await server.get('/cache/ddmendpoints.json')).toString('utf8');
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return new Map();
    throw error;
  }
  const all = JSON.parse(text) as Record<string, unknown>;
  return new Map(Object.entries(all).map(([name, fields]) => [name, readEndpoint(name, fields)]));
}

/** Local activities come before those over the wide area (as CRIC names them: read_lan, write_wan, pr, pw, …). */
export function readEndpoint(name: string, fields: unknown): Endpoint {
  const protocols = objectOf(objectOf(fields).arprotocols);
  const doors = (...activities: string[]): Door[] =>
    activities.flatMap((activity) => {
      const list = protocols[activity];
      return (Array.isArray(list) ? list : []).map((one) => ({
        origin: textOf(objectOf(one).endpoint).replace(/\/+$/, ''),
        folder: `${textOf(objectOf(one).path).replace(/\/+$/, '')}/`,
      }));
    });
  return {
    name,
    read: doors('read_lan', 'pr', 'read_wan', 'write_lan', 'pw'),
    write: doors('write_lan', 'pw', 'write_wan', 'read_lan'),
  };
}

function objectOf(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
}

/** Rucio's deterministic path: `user.tester:L` lies at `user/tester/<h0h1>/<h2h3>/L`, h = md5 of `scope:name`. */
export function deterministicPath(scope: string, lfn: string): string {
  const hash = createHash('md5').update(`${scope}:${lfn}`).digest('hex');
  return `${scope.replaceAll('.', '/')}/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${lfn}`;
}

/** A name that cannot leave its folder. */
export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name.length <= 255 && !/[/\\\0]/.test(name);
}

/** A scope becomes folders by its dots; none of them may be empty. */
export function isPlainScope(scope: string): boolean {
  return scope.length <= 255 && scope.split('.').every((part) => part !== '' && !/[/\\\0]/.test(part));
}

interface Place {
  endpoint: Endpoint;
  relative: string;
}

/**
 * Fetches a file of an endpoint: from a folder of this host where there is one, else by its address, else through the
 * server. Throws what the last way said.
 */
export async function fetchFile(
  server: PandaServer,
  place: Place,
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  let problem: unknown = new Error(`the endpoint ${place.endpoint.name} has no way in`);
  for (const url of addressesOf(server, place.endpoint.read, place)) {
    try {
      if (url.startsWith('/')) await copyFile(url, target, constants.COPYFILE_FICLONE);
      else await download(url, target, { headers: server.headersFor(url), ca: server.ca, signal });
      return;
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

/**
 * Puts a file where it belongs and returns its address for the catalogue; the same file again does no harm. Throws
 * `Refusal` when a way has no room for it and no other leads there.
 */
export async function storeFile(
  server: PandaServer,
  place: Place,
  file: string,
  measured: Measured,
): Promise<string> {
  const problems: unknown[] = [];
  for (const url of addressesOf(server, place.endpoint.write, place)) {
    try {
      if (url.startsWith('/')) await copyInto(file, url, url.slice(0, -place.relative.length), measured);
      else await upload(server, file, url, measured);
      const [first] = place.endpoint.write;
      return first === undefined ? url : `${first.origin}${first.folder}${place.relative}`;
    } catch (error) {
      problems.push(error);
    }
  }
  const refusal = problems.find(hasNoRoom);
  if (refusal !== undefined) throw refusal;
  const why = problems.map(messageOf).join('; ');
  throw new Error(why || `the endpoint ${place.endpoint.name} takes no files`);
}

/** A storage that has no room for a file will have none for it in some minutes either. */
export function hasNoRoom(error: unknown): boolean {
  return error instanceof Refusal && error.status === 413;
}

/** Paths of this host begin with a slash. */
function* addressesOf(
  server: PandaServer,
  doors: readonly Door[],
  { endpoint, relative }: Place,
): Generator<string> {
  const seen = new Set<string>();
  for (const { origin, folder } of doors) {
    const url = `${/^file:\/\/(localhost)?$/.test(origin) ? '' : origin}${folder}${relative}`;
    if (!/^(\/|https?:\/\/)/.test(url) || seen.has(url)) continue;
    seen.add(url);
    yield url.startsWith('/') ? url : encodeURI(url);
  }
  const name = encodeURIComponent(endpoint.name);
  for (const address of server.addresses) yield `${address}${gatePath}/${name}/${encodeURI(relative)}`;
}

/** Only into a folder that is there: on another host the same path would be a folder nobody looks into. */
async function copyInto(file: string, target: string, base: string, measured: Measured): Promise<void> {
  await access(base, constants.W_OK);
  await mkdir(path.dirname(target), { recursive: true });
  const part = `${target}.${randomUUID()}.part`;
  try {
    await copyFile(file, part, constants.COPYFILE_FICLONE);
    const { size } = await stat(part);
    if (size !== measured.sizeBytes) throw new Error(`${size} of ${measured.sizeBytes} bytes arrived`);
    await rename(part, target);
  } catch (error) {
    await unlink(part).catch(() => undefined);
    throw error;
  }
}

async function upload(server: PandaServer, file: string, url: string, measured: Measured): Promise<void> {
  const { status, body } = await ask(url, {
    method: 'PUT',
    file: { path: file, sizeBytes: measured.sizeBytes },
    headers: {
      ...server.headersFor(url),
      'content-type': 'application/octet-stream',
      'x-checksum': `ad:${measured.adler32}`,
    },
    ca: server.ca,
  });
  if (status >= 200 && status <= 299) return;
  const text = `${url} answered ${status}: ${saidOf(body).slice(0, 300)}`;
  throw status === 413 ? new Refusal(status, text) : new Error(text);
}

/** The sentence of a refusal of this server; whatever another one answers as it is. */
function saidOf(body: Buffer): string {
  const text = body.toString('utf8');
  try {
    return textOf(objectOf(JSON.parse(text)).message) || text;
  } catch {
    return text;
  }
}
