import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import {
  cleanEnvironment,
  type Finished,
  main,
  orrery,
  type ServedProcess,
  serve,
} from '../support/orrery.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = await temporaryFolder();
const data = path.join(folder, 'data');
const token = 'preset-token-of-the-command-test';
let server: ServedProcess;
const started: Array<{ kill(signal: NodeJS.Signals): boolean }> = [];

/** Prints, waits until the file `go` of its parameter is there, prints again, and writes into a folder of its own. */
const steps = `
name: steps
parameters:
  - { name: pause, type: integer, default: "0" }
  - { name: code, type: integer, default: "0" }
results:
  - { name: table, file: deep/table.csv, mediaType: text/csv }
script: |
  echo first
  echo to stderr >&2
  sleep "$pause"
  mkdir -p deep
  printf 'a,b\\n1,2\\n' > deep/table.csv
  echo last
  exit "$code"
`;
const count = `
name: count
parameters:
  - { name: body, type: file, required: true }
results:
  - { name: size, file: size.txt, mediaType: text/plain }
  - { name: copy, file: copy.bin, mediaType: application/octet-stream }
script: |
  wc -c < "$body" | tr -d ' ' > "$size"
  cp "$body" "$copy"
`;

beforeAll(async () => {
  server = await serve(['--port', '0', '--data', data, '--with', 'uws'], { ORRERY_ADMIN_TOKEN: token });
  for (const [name, text] of Object.entries({ steps, count })) {
    const file = path.join(folder, `${name}.yaml`);
    await writeFile(file, text);
    expect(await orrery(['uws', 'define', file, '--data', data])).toMatchObject({ code: 0 });
  }
  await eventually(async () => expect(await uws('run', 'count', '--no-run')).not.toMatchObject({ code: 5 }));
});
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await server.stop();
});

const environment = () => ({ ORRERY_URL: server.address, ORRERY_TOKEN: token });

function uws(...args: string[]): Promise<Finished> {
  return orrery(['uws', ...args], { env: environment(), cwd: folder });
}

/** Makes a job by the command line and gives its id. */
async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await uws('run', ...args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.trim();
}

/** The same command as a process that is looked at while it runs. */
function startUws(...args: string[]) {
  const child = spawn(process.execPath, [main, 'uws', ...args], {
    cwd: folder,
    env: cleanEnvironment(environment()),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const seen = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    seen.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    seen.stderr += chunk.toString();
  });
  return { child, seen, ended: new Promise<number | null>((resolve) => child.on('close', resolve)) };
}

const phaseOf = async (id: string) => JSON.parse((await uws('show', id, '--json')).stdout).phase as string;

test('run prints the id and nothing else, and the job runs', async () => {
  const { code, stdout, stderr } = await uws('run', 'steps', '--run-id', 'a label', '--duration', '2m');
  expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/^[a-z0-9]{20,}\n$/), '']);
  await eventually(async () => expect(await phaseOf(stdout.trim())).toBe('COMPLETED'), 20_000);
  const shown = (await uws('show', stdout.trim())).stdout;
  expect(shown).toMatch(/^job +\S+\n/);
  expect(shown).toMatch(/^run id +a label$/m);
  expect(shown).toMatch(/^may run for +120 s$/m);
  expect(shown).toMatch(/^table +8 B +text\/csv +deep\/table\.csv$/m);
});

test('--wait tells the phases and ends as the job does', async () => {
  const good = await uws('run', 'steps', '--wait');
  expect([good.code, good.stdout]).toEqual([0, expect.stringMatching(/^\S+\n$/)]);
  expect(good.stderr).toMatch(/PENDING[\s\S]*QUEUED[\s\S]*EXECUTING[\s\S]*COMPLETED/);
  const bad = await uws('run', 'steps', '-p', 'code=3', '--wait');
  expect([bad.code, bad.stderr]).toEqual([1, expect.stringMatching(/ERROR[\s\S]*3/)]);
});

test('--no-run leaves the job PENDING with its parameters and the time it is kept', async () => {
  const id = await run('steps', '--no-run', '-p', 'pause=1', '--keep', '7d');
  const job = JSON.parse((await uws('show', id, '--json')).stdout);
  expect(job).toMatchObject({
    phase: 'PENDING',
    parameters: [
      { name: 'pause', value: '1' },
      { name: 'code', isDefault: true },
    ],
  });
  const days = (Date.parse(job.destruction) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(6.9);
  expect(days).toBeLessThan(7.1);
});

test('watch shows what a job prints while it runs, its phases, and ends with it', async () => {
  const id = await run('steps', '-p', 'pause=4');
  const { seen, ended } = startUws('watch', id);
  await eventually(() => expect(seen.stdout).toBe('first\n'), 20_000);
  expect(await phaseOf(id)).toBe('EXECUTING');
  expect(await ended).toBe(0);
  expect(seen.stdout).toBe('first\nlast\n');
  expect(seen.stderr).toContain('to stderr\n');
  expect(seen.stderr).toMatch(/COMPLETED/);
  const again = await uws('watch', id, '--no-log');
  expect([again.code, again.stdout]).toEqual([0, '']);
});

test('Ctrl-C ends watch and leaves the job alone; abort ends the job', async () => {
  const id = await run('steps', '-p', 'pause=300');
  const { child, seen, ended } = startUws('watch', id);
  await eventually(() => expect(seen.stderr).toContain('EXECUTING'), 20_000);
  child.kill('SIGINT');
  expect([await ended, seen.stderr]).toEqual([130, expect.stringContaining(`orrery uws watch ${id}`)]);
  expect(await phaseOf(id)).toBe('EXECUTING');
  expect(await uws('abort', id)).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
  expect(await uws('watch', id)).toMatchObject({ code: 1, stderr: expect.stringContaining('ABORTED') });
  expect(await uws('abort', id), 'an ended job stays as it is').toMatchObject({ code: 0 });
});

test('a file is sent and what comes out is the same, byte by byte', async () => {
  const body = randomBytes(3_000_000);
  await writeFile(path.join(folder, 'grüße "1".bin'), body);
  const id = await run('count', '-f', 'body=grüße "1".bin', '--run-id', 'upload');
  expect(await uws('watch', id)).toMatchObject({ code: 0 });
  const got = await uws('get', id, 'copy', 'size', '-o', 'got');
  expect(got).toMatchObject({ code: 0, stdout: 'got/copy.bin\ngot/size.txt\n', stderr: '' });
  expect((await readFile(path.join(folder, 'got/copy.bin'))).equals(body)).toBe(true);
  expect(await readFile(path.join(folder, 'got/size.txt'), 'utf8')).toBe('3000000\n');
  const job = JSON.parse((await uws('show', id, '--json')).stdout);
  expect(job.parameters[0].value).toMatch(/^gr.*\.bin$/);
});

test('get makes folders as the job did, keeps what is there, and replaces only when told', async () => {
  const id = await run('steps');
  expect(await uws('watch', id)).toMatchObject({ code: 0 });
  expect(await uws('get', id)).toMatchObject({ code: 0 });
  const table = path.join(folder, id, 'deep/table.csv');
  expect(await readFile(table, 'utf8')).toBe('a,b\n1,2\n');
  expect(await uws('get', id, 'table')).toMatchObject({ code: 0 });
  await writeFile(table, 'mine');
  expect(await uws('get', id, 'table')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--force'),
  });
  expect(await readFile(table, 'utf8')).toBe('mine');
  expect(await uws('get', id, 'table', '--force')).toMatchObject({ code: 0 });
  expect(await readFile(table, 'utf8')).toBe('a,b\n1,2\n');
  expect(await readdir(path.join(folder, id, 'deep')), 'no partial files are left').toEqual(['table.csv']);
  expect(await uws('get', id, 'plot')).toMatchObject({ code: 5, stderr: expect.stringContaining('table') });
});

test('list filters, and says when there is more', async () => {
  const all = JSON.parse((await uws('list', '--json', '--last', '500')).stdout) as Array<{ phase: string }>;
  const pending = JSON.parse((await uws('list', '--json', '--phase', 'pending')).stdout) as unknown[];
  expect(pending).toEqual(all.filter((job) => job.phase === 'PENDING'));
  const labelled = (await uws('list', '--run-id', 'LABEL', '--definition', 'steps')).stdout;
  expect(labelled.split('\n')).toEqual([
    expect.stringMatching(/^ID +DEFINITION +PHASE +CREATED +SECONDS +OWNER +RUN ID +ERROR$/),
    expect.stringMatching(/^\S+ +steps +COMPLETED +\S+Z +\d+\.\d +admin +a label +-$/),
    '',
  ]);
  expect((await uws('list', '--after', '2199')).stdout.split('\n')).toHaveLength(2);
  expect((await uws('list', '--last', '1', '--json')).stdout).toBe(`${JSON.stringify([all[0]], null, 2)}\n`);
});

test('delete is for good', async () => {
  const id = await run('steps', '--no-run');
  expect(await uws('delete', id)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await uws('show', id)).toMatchObject({ code: 5, stderr: expect.stringContaining('no job') });
});

test.each<[string, number, string[], Record<string, string>, RegExp]>([
  [
    'no server',
    3,
    ['list'],
    { ORRERY_URL: 'http://127.0.0.1:1' },
    /No server answers at http:\/\/127\.0\.0\.1:1\.\n/,
  ],
  ['no token', 4, ['list'], { ORRERY_TOKEN: '' }, /orrery token create --user NAME/],
  ['a wrong token', 4, ['list'], { ORRERY_TOKEN: 'nonsense' }, /token/],
  ['an unknown definition', 5, ['run', 'nosuch'], {}, /nosuch/],
  ['an unknown parameter', 6, ['run', 'steps', '-p', 'speed=1'], {}, /speed/],
  [
    'a file that is no parameter',
    6,
    ['run', 'steps', '-f', 'pause=steps.yaml'],
    {},
    /no file parameter "pause"/,
  ],
  ['a file that is not there', 2, ['run', 'count', '-f', 'body=nosuch'], {}, /nosuch/],
  ['an unknown flag', 2, ['list', '--lst', '3'], {}, /--last/],
  ['no number', 2, ['list', '--last', '0'], {}, /--last/],
  ['an unknown phase', 2, ['list', '--phase', 'DONE'], {}, /PENDING/],
  ['no moment', 2, ['list', '--after', 'soon'], {}, /2031/],
  ['no duration', 2, ['run', 'steps', '--keep', 'long'], {}, /7d/],
  ['no pair', 2, ['run', 'steps', '-p', 'pause'], {}, /NAME=VALUE/],
  ['what excludes each other', 2, ['run', 'steps', '--wait', '--no-run'], {}, /exclude/],
  ['no job id', 2, ['delete', '../jobs'], {}, /not the id of a job/],
  ['no address', 2, ['list', '--server', 'orrery.example.org'], {}, /not the address of a server/],
])('%s is told in a sentence, with exit code %i', async (_what, code, args, env, sentence) => {
  const ended = await orrery(['uws', ...args], { env: { ...environment(), ...env }, cwd: folder });
  expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(sentence) });
  expect(ended.stderr, 'no stack').not.toMatch(/^ +at /m);
});

test('without an address the server of this machine is asked, at the port of its settings', async () => {
  const { ORRERY_TOKEN } = environment();
  const port = new URL(server.address).port;
  const local = await orrery(['uws', 'list'], { env: { ORRERY_TOKEN, ORRERY_HTTP_PORT: port }, cwd: folder });
  expect(local).toMatchObject({ code: 0, stderr: '' });
});

test('the token may stand in a file', async () => {
  const home = path.join(folder, 'config');
  await mkdir(path.join(home, 'orrery'), { recursive: true });
  await writeFile(path.join(home, 'orrery/token'), `${token}\n`);
  const env = { ORRERY_URL: server.address, XDG_CONFIG_HOME: home };
  expect(await orrery(['uws', 'list'], { env })).toMatchObject({ code: 0 });
});

test('a server below a path prefix is used like any other', async () => {
  const target = new URL(server.address);
  const asked: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    asked.push(incoming.url ?? '');
    if (incoming.url?.startsWith('/site/orrery/') !== true) return outgoing.writeHead(404).end('not ours');
    const url = incoming.url.slice('/site/orrery'.length);
    const { method = 'GET', headers } = incoming;
    const onward = request({ port: target.port, path: url, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    return incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  try {
    await eventually(() => expect(proxy.listening).toBe(true));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/site/orrery/`;
    const made = await uws('run', 'steps', '--wait', '--server', address);
    expect(made).toMatchObject({ code: 0 });
    const id = made.stdout.trim();
    expect(await uws('get', id, 'table', '-o', 'prefixed', '--server', address)).toMatchObject({ code: 0 });
    expect(await readFile(path.join(folder, 'prefixed/deep/table.csv'), 'utf8')).toBe('a,b\n1,2\n');
    expect(asked.every((url) => url.startsWith('/site/orrery/'))).toBe(true);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

test('a server that is restarted while a job is watched is waited for', async () => {
  const id = await run('steps', '-p', 'pause=8');
  const { seen, ended } = startUws('watch', id);
  await eventually(() => expect(seen.stdout).toBe('first\n'), 20_000);
  const { port } = new URL(server.address);
  await server.stop();
  // A warm start may be over before the client has looked again.
  await eventually(() => expect(seen.stderr).toContain('Waiting for it'), 20_000);
  server = await serve(['--port', port, '--data', data, '--with', 'uws'], { ORRERY_ADMIN_TOKEN: token });
  expect(await ended).toBe(0);
  expect(seen.stdout).toBe('first\nlast\n');
  expect(seen.stderr).toMatch(/Waiting for it[\s\S]*COMPLETED/);
});
