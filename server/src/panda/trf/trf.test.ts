import { execFile, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { putCacheFile } from '../cache/cache.ts';
import { panda } from '../index.ts';

const { app, core, address } = await testServer([panda]);
const root = await temporaryFolder('trf');
const run = promisify(execFile);

const hasPython = await run('python3', ['--version']).then(
  () => true,
  () => false,
);

let counter = 0;
/** An empty folder, as a pilot makes one for each job, with the transformation in it. */
async function jobFolder(name: string): Promise<string> {
  const folder = path.join(root, `job${++counter}`);
  await mkdir(folder);
  const answer = await fetch(`${address}/trf/user/${name}`, { headers: { connection: 'close' } });
  expect(answer.status).toBe(200);
  await writeFile(path.join(folder, name), await answer.text());
  await chmod(path.join(folder, name), 0o755);
  return folder;
}

interface Ended {
  code: number | null;
  output: string;
}

/** Runs a line of shell in the folder as the pilot runs a transformation. */
async function inFolder(folder: string, line: string): Promise<Ended> {
  const child = spawn('/bin/sh', ['-c', line], { cwd: folder, env: { PATH: process.env.PATH } });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    output += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

/** A sandbox as prun packs one. */
async function sandbox(folder: string, name: string, files: Record<string, string>): Promise<void> {
  const source = path.join(folder, 'to-pack');
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(source, file)), { recursive: true });
    await writeFile(path.join(source, file), content);
  }
  await run('tar', ['-czf', path.join(folder, name), '-C', source, '.']);
  await rm(source, { recursive: true });
}

const report = async (folder: string): Promise<unknown> =>
  JSON.parse(await readFile(path.join(folder, 'jobReport.json'), 'utf8'));

test('a name that is no transformation is not found, nor are the parts they are made of', async () => {
  for (const name of [
    'no-such',
    'transformation.py',
    '..%2fscripts%2ftransformation.py',
    'constructor',
    `${'x'.repeat(900)}`,
  ]) {
    const answer = await app.inject({ method: 'GET', url: `/trf/user/${name}` });
    expect([answer.statusCode, answer.body]).toEqual([404, 'not found']);
  }
});

test('a transformation that was not changed is not sent again', async () => {
  const first = await app.inject({ method: 'GET', url: '/trf/user/runGen-00-00-02' });
  const headers = { 'if-none-match': String(first.headers.etag) };
  expect((await app.inject({ method: 'GET', url: '/trf/user/runGen-00-00-02', headers })).statusCode).toBe(
    304,
  );
});

test('runLocal writes its words, ends with the code that is asked for, or runs a command', async () => {
  const folder = await jobFolder('runLocal-00-00-01');
  const trf = './runLocal-00-00-01';
  expect(await inFolder(folder, `${trf} out.txt alpha "beta  gamma"`)).toMatchObject({ code: 0 });
  expect(await readFile(path.join(folder, 'out.txt'), 'utf8')).toMatch(/^alpha beta {2}gamma\n/);
  expect((await inFolder(folder, `${trf} out.txt --exit 7 x`)).code).toBe(7);
  expect((await inFolder(folder, `${trf} out.txt --run printf %s hi`)).code).toBe(0);
  expect(await readFile(path.join(folder, 'out.txt'), 'utf8')).toBe('hi');
  expect((await inFolder(folder, `${trf} out.txt --run false`)).code).toBe(1);
  expect((await inFolder(folder, trf)).code).toBe(10);
});

test.skipIf(!hasPython)(
  'runGen unpacks the sandbox, runs the command and gives outputs their names',
  async () => {
    const folder = await jobFolder('runGen-00-00-02');
    await sandbox(folder, 'jobO.1.tar.gz', {
      'sub/go.sh':
        'cat "$1" > out.txt; echo "{\\"events\\": 3}" > userJobMetadata.json; touch a.root b.root; echo "$2"',
    });
    await writeFile(path.join(folder, 'in put.txt'), 'from the input');
    const outputs = `{'out.txt': 'user.x.out.txt', '*.root': 'user.x.roots.tgz', 'missing.txt': 'user.x.missing.txt'}`;
    const ended = await inFolder(
      folder,
      `./runGen-00-00-02 -j "" --sourceURL http://127.0.0.1:1 -r sub -a jobO.1.tar.gz -o "${outputs}" ` +
        `-i "['in put.txt']" --newOption 5 -p "sh%20go.sh%20'%25IN'%20'a%20b'"`,
    );
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.output).toContain('a b');
    expect(ended.output).toContain('WARNING: the output missing.txt was not made');
    expect(await readFile(path.join(folder, 'user.x.out.txt'), 'utf8')).toBe('from the input');
    const { stdout } = await run('tar', ['-tzf', path.join(folder, 'user.x.roots.tgz')]);
    expect(stdout).toBe('a.root\nb.root\n');
    expect(await readdir(folder)).not.toContain('user.x.missing.txt');
    expect(await report(folder)).toEqual({ exitCode: 0, exitMsg: 'OK', user_job_metadata: { events: 3 } });
  },
);

test.skipIf(!hasPython)('runGen fetches its sandbox from the cache of the server', async () => {
  const folder = await jobFolder('runGen-00-00-02');
  await sandbox(folder, 'jobO.9.tar.gz', { 'hello.sh': 'echo hello > out' });
  await putCacheFile(core, {
    name: 'jobO.9.tar.gz',
    source: createReadStream(path.join(folder, 'jobO.9.tar.gz')),
    owner: { accountId: null, isProduction: false },
    maxBytes: 10_000,
    overwrite: false,
    signal: new AbortController().signal,
  });
  await rm(path.join(folder, 'jobO.9.tar.gz'));
  const ended = await inFolder(
    folder,
    `./runGen-00-00-02 -j "" --sourceURL ${address} -r . -a jobO.9.tar.gz -o "{'out': 'user.out'}" -p "sh%20hello.sh"`,
  );
  expect(ended).toMatchObject({ code: 0 });
  expect(await readFile(path.join(folder, 'user.out'), 'utf8')).toBe('hello\n');
});

test.skipIf(!hasPython)('runGen passes the exit code of the payload on', async () => {
  const folder = await jobFolder('runGen-00-00-02');
  expect((await inFolder(folder, './runGen-00-00-02 -j "" -r . -p "exit%2042"')).code).toBe(42);
  expect(await report(folder)).toMatchObject({ exitCode: 42 });
  expect((await inFolder(folder, './runGen-00-00-02 -r . -p "kill%20-9%20%24%24"')).code).toBe(137);
});

test.skipIf(!hasPython)('runGen says what is wrong with what it is given', async () => {
  const folder = await jobFolder('runGen-00-00-02');
  const trf = './runGen-00-00-02';
  for (const [line, code] of [
    [trf, 10],
    [`${trf} -p`, 10],
    [`${trf} -p true -o "os.system('x')"`, 10],
    [`${trf} -p true -i "{'a': 1}"`, 10],
    [`${trf} -p true --inMap "{'IN2': 'a'}"`, 10],
    [`${trf} -p true -r ../../elsewhere`, 10],
    [`${trf} -p true -a no-such.tar.gz`, 10],
    [`${trf} -p true -a no-such.tar.gz --sourceURL ${address}`, 11],
  ] as const) {
    const ended = await inFolder(folder, line);
    expect({ line, code: ended.code }).toEqual({ line, code });
    expect(ended.output).toContain('ERROR: ');
    expect(ended.output).not.toContain('Traceback');
  }
});

test.skipIf(!hasPython)('a sandbox that climbs out of its folder is refused', async () => {
  const folder = await jobFolder('runGen-00-00-02');
  await writeFile(path.join(folder, 'evil.txt'), 'evil');
  await run('tar', [
    '-czPf',
    path.join(folder, 'jobO.2.tar.gz'),
    '-C',
    folder,
    '--transform',
    's,^,../../,',
    'evil.txt',
  ]);
  const ended = await inFolder(folder, './runGen-00-00-02 -r . -a jobO.2.tar.gz -p true');
  expect(ended.code).toBe(12);
  expect(await readdir(root)).not.toContain('evil.txt');
  await writeFile(path.join(folder, 'jobO.3.tar.gz'), 'no archive');
  expect((await inFolder(folder, './runGen-00-00-02 -r . -a jobO.3.tar.gz -p true')).code).toBe(12);
});

test.skipIf(!hasPython)('buildGen packs a library that runGen takes', async () => {
  const build = await jobFolder('buildGen-00-00-01');
  await sandbox(build, 'sources.1.tar.gz', { 'hello.in': 'hello' });
  const made = await inFolder(
    build,
    `./buildGen-00-00-01 -i sources.1.tar.gz -o panda.1.lib.tgz --sourceURL http://127.0.0.1:1 -r . --bexec "cp%20hello.in%20hello.out"`,
  );
  expect(made).toMatchObject({ code: 0 });
  const job = await jobFolder('runGen-00-00-02');
  await run('cp', [path.join(build, 'panda.1.lib.tgz'), job]);
  const ended = await inFolder(
    job,
    `./runGen-00-00-02 -j "" -r . -l panda.1.lib.tgz -o "{'copy': 'user.copy'}" -p "cat%20hello.out%20%3E%20copy"`,
  );
  expect(ended).toMatchObject({ code: 0 });
  expect(await readFile(path.join(job, 'user.copy'), 'utf8')).toBe('hello');
  const failing = await inFolder(
    build,
    './buildGen-00-00-01 -i sources.1.tar.gz -o x.tgz --bexec "exit%203"',
  );
  expect(failing.code).toBe(3);
  expect(await readdir(build)).not.toContain('x.tgz');
});
