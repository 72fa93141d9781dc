import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fitsFile } from '../../support/fits.ts';
import { orrery, root, type ServedProcess, serve } from '../../support/orrery.ts';
import { pythonEnvironment } from '../../support/python.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import type { Client } from '../run.ts';

const here = path.join(root, 'test/clients/uws');

const packages = [
  ...['pyvo', 'numpy', 'astroquery'],
  ...['uws-client', 'fissix', 'texttable'],
  // What uws-validator imports.
  ...['behave', 'ensure', 'requests', 'lxml', 'purl', 'python-dateutil', 'pytz'],
];

interface Place {
  program: string;
  folder: string;
  token: string;
  /** Two processes on one database. */
  base: string;
  other: string;
}

/** Name, and the command that ends with status 0 when every check was met. */
const clients: ReadonlyArray<[string, (place: Place) => Promise<string[]> | string[] | Client]> = [
  [
    'pyvo',
    async ({ program, folder, token, base, other }) => {
      const image = path.join(folder, 'field.fits');
      const bright = (x: number, y: number) => (x === 320 && y === 240 ? 30_000 : 0);
      const stored = (x: number, y: number) => ((x * 7 + y * 13) % 1000) + bright(x, y);
      await writeFile(image, fitsFile({ bitpix: 16, width: 640, height: 480, stored }));
      return [program, path.join(here, 'pyvo_session.py'), base, other, token, image];
    },
  ],
  [
    'uws-client',
    ({ program, folder, token, base }) => {
      const client = [program, path.join(here, 'uws_client_py3.py'), path.join(folder, 'uws-client')];
      return [program, path.join(here, 'uws_client_session.py'), base, token, ...client];
    },
  ],
  [
    'astroquery',
    ({ program, token, base }) => [program, path.join(here, 'astroquery_session.py'), base, token],
  ],
  ['curl', ({ token, base }) => ['bash', path.join(here, 'opus-habits.sh'), base, token]],
  ['uws-validator', validator],
];

/** The checkout is named by ORRERY_UWS_VALIDATOR: the suite is on no package registry. */
function validator({ program, folder, token, base }: Place): string[] | Client {
  const checkout = process.env.ORRERY_UWS_VALIDATOR;
  if (checkout !== undefined && existsSync(path.join(checkout, 'features'))) {
    return [program, path.join(here, 'uws_validator.py'), checkout, folder, base, token];
  }
  const fault =
    'no package registry offers kristinriebe/uws-validator; name a checkout of it with ORRERY_UWS_VALIDATOR' +
    (checkout === undefined ? '' : ` (${checkout} has no features)`);
  return { name: 'uws-validator', fault, seconds: 0, skipped: { isExcused: checkout === undefined } };
}

/** Clients of UWS, one after the other, on two server processes. */
export async function* uwsClients(): AsyncGenerator<Client> {
  let program: string;
  try {
    program = await pythonEnvironment('uws-clients', packages);
  } catch (error) {
    const fault = `python3 with venv and PyPI are needed: ${String(error)}`;
    for (const [name] of clients) yield { name, fault, seconds: 0, skipped: { isExcused: false } };
    return;
  }
  const { folder, remove } = await scratchFolder('clients');
  const servers: ServedProcess[] = [];
  try {
    const place = await start(program, folder, servers);
    for (const [name, commandOf] of clients) {
      const command = await commandOf(place);
      yield Array.isArray(command) ? await run(name, command, servers) : command;
    }
  } finally {
    for (const server of servers.reverse()) await server.stop();
    await remove();
  }
}

async function start(program: string, folder: string, servers: ServedProcess[]): Promise<Place> {
  const data = ['--data', path.join(folder, 'data')];
  // WAIT=-1 ends with the longest wait that is held; the suite of uws-validator sits one out.
  const flags = ['--port', '0', '--with', 'uws', '--log-level', 'warn', '--set', 'uws.waitSeconds=12'];
  const first = await serve([...flags, ...data]);
  servers.push(first);
  const second = await serve([...flags, ...data]);
  servers.push(second);
  const defined = await orrery(['uws', 'define', path.join(here, 'session.yaml'), ...data]);
  if (defined.code !== 0) throw new Error(`session.yaml was not loaded: ${defined.stdout}${defined.stderr}`);
  const token = (await orrery(['token', 'create', '--user', 'admin', ...data])).stdout.trim();
  return { program, folder, token, base: first.address, other: second.address };
}

async function run(
  name: string,
  [program = '', ...args]: readonly string[],
  servers: ServedProcess[],
): Promise<Client> {
  process.stdout.write(`==== ${name}\n`);
  const before = servers.map((server) => server.output.stderr.length);
  const startedAt = performance.now();
  const child = spawn(program, args, { stdio: 'inherit', timeout: 300_000 });
  const end = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (status, signal) => resolve(String(signal ?? status)));
  });
  const seconds = (performance.now() - startedAt) / 1000;
  if (end === '0') return { name, fault: null, seconds };
  for (const [n, server] of servers.entries()) process.stdout.write(server.output.stderr.slice(before[n]));
  return { name, fault: `it ended with ${end}`, seconds };
}
