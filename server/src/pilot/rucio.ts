import path from 'node:path';
import { parseArgs } from 'node:util';
import { Access } from './access.ts';
import { measure } from './checksum.ts';
import { messageOf } from './problems.ts';
import { PandaServer } from './server.ts';
import {
  deterministicPath,
  fetchEndpoints,
  fetchFile,
  isPlainName,
  isPlainScope,
  storeFile,
} from './storage.ts';

/**
 * What stands in the place of Rucio's command line for a pilot3 that the server has started: its copytool
 * `objectstore` calls `rucio upload` and `rucio download` with everything that is needed to move one file, and here it
 * goes the ways of our own pilot. Nothing is registered anywhere: the job report does that.
 */
const usage = `usage: rucio download --dir DIR --rses RSES [--pfn PFN] SCOPE:NAME
       rucio upload --rse RSE --scope SCOPE [--pfn PFN] FILE
`;

/** Those that pilot3 3.7 to 3.11 gives; the values of the others change nothing here. */
const options = {
  help: { type: 'boolean', short: 'h' },
  verbose: { type: 'boolean', short: 'v' },
  'no-subdir': { type: 'boolean' },
  'no-register': { type: 'boolean' },
  summary: { type: 'boolean' },
  dir: { type: 'string' },
  rse: { type: 'string' },
  rses: { type: 'string' },
  scope: { type: 'string' },
  guid: { type: 'string' },
  pfn: { type: 'string' },
} as const;

interface Wish {
  endpoint: string;
  scope: string;
  lfn: string;
  /** On this machine. */
  file: string;
}

/** Moves one file between this machine and an endpoint; throws when no way leads there. */
export async function moveFile(way: 'upload' | 'download', wish: Wish, server: PandaServer): Promise<void> {
  const { scope, lfn, file } = wish;
  if (!isPlainName(lfn) || !isPlainScope(scope)) throw new Error(`${scope}:${lfn} is no name of a file`);
  const endpoint = (await fetchEndpoints(server)).get(wish.endpoint);
  if (endpoint === undefined) throw new Error(`the server knows no endpoint ${wish.endpoint}`);
  const place = { endpoint, relative: deterministicPath(scope, lfn) };
  if (way === 'download') await fetchFile(server, place, file);
  else await storeFile(server, place, file, await measure(file));
}

/** Reads the words of a command line; throws when something is missing. */
export function readWish(words: readonly string[]): { way: 'upload' | 'download'; wish: Wish } | 'help' {
  const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
  const [way, what = ''] = positionals;
  const endpoint = values.rses ?? values.rse ?? '';
  if (values.help === true) return 'help';
  if (way === 'upload' && what !== '' && endpoint !== '') {
    const wish = { endpoint, scope: values.scope ?? '', lfn: path.basename(what), file: what };
    return { way, wish };
  }
  const [, scope, lfn] = /^([^:]*):(.+)$/.exec(what) ?? [];
  if (way !== 'download' || scope === undefined || lfn === undefined || endpoint === '') {
    throw new Error(usage.trim());
  }
  return { way, wish: { endpoint, scope, lfn, file: path.join(values.dir ?? '.', path.basename(lfn)) } };
}

async function main(): Promise<void> {
  const read = readWish(process.argv.slice(2));
  if (read === 'help') {
    process.stdout.write(usage);
    return;
  }
  const { ORRERY_SERVER = '', PANDA_AUTH_DIR = '', PANDA_AUTH_TOKEN = '', PANDA_AUTH_ORIGIN } = process.env;
  const access = new Access({
    tokenFile: path.join(PANDA_AUTH_DIR, PANDA_AUTH_TOKEN),
    origin: PANDA_AUTH_ORIGIN,
    forgetFile: false,
  });
  await access.load();
  const server = new PandaServer({ addresses: [ORRERY_SERVER], access, userAgent: 'orrery-rucio' });
  await moveFile(read.way, read.wish, server);
  process.stdout.write(`${read.way} of ${read.wish.lfn} done\n`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}
