import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { installDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { serviceOf } from '../service.ts';

const { core, address } = await testServer([uws], { 'compute.local.allowUnisolated': 'true' });
await createAccount(core.auth.context, { name: 'tester' }, { name: 'alice', roles: ['user'] });
const token = await createToken(core.auth.context, { name: 'tester' }, { user: 'alice' });
const headers = { authorization: `Bearer ${token}` };

/** What OPUS wrote between double quotes and sourced (section 8.2), and everything else a shell could stumble over. */
const hostile = [
  '$(touch pwned)',
  '`touch pwned`',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is for bash
  '${HOME:-$(touch pwned)}',
  '"; touch pwned; "',
  "'; touch pwned; '",
  "'\\''; touch pwned; '",
  '"$(id -un)"',
  'a\ntouch pwned\nb',
  '\n\n',
  'a\r\nb',
  '-rf',
  '--help',
  '-e touch pwned',
  '\\',
  '\\\\"',
  "'",
  '"',
  '!!; !touch',
  '*',
  '~root',
  'a;touch pwned',
  'a|touch pwned',
  'a&touch pwned&',
  '>pwned',
  '<(touch pwned)',
  '$((a[$(touch pwned)]))',
  'a[$(touch pwned)]',
  'ångström ⌘ 日本 \u{1f52d} \u202e',
  '\u0001\u001b[31m\u007f',
  ' two  blanks ',
  'x'.repeat(100_000),
  "'".repeat(20_000),
];

const script = `for name in \${!value_*}; do printf '%s' "\${!name}" > "$name.out"; done
cat -- $image > image.copy
printf '%s' "$image" > image.path
printf made > "$output"
`;
const names = hostile.map((_, index) => `value_${index}`);
await installDefinition(
  core.db,
  {
    name: 'hostile',
    script,
    parameters: [
      ...names.map((name) => ({ name, type: 'string' as const })),
      { name: 'image', type: 'file' },
      { name: 'output', type: 'string' },
    ],
    results: [
      { name: 'values', file: '*.out' },
      { name: 'copy', file: 'image.copy' },
      { name: 'path', file: 'image.path' },
      { name: 'output', file: 'out.txt', fromParameter: true },
      { name: 'pwned', file: '**pwned*' },
    ],
  },
  'tester',
  new Date(),
);

interface Shown {
  phase: string;
  results: Array<{ id: string; href: string }>;
}

async function ended(job: string): Promise<Shown> {
  for (let tries = 0; tries < 10; tries++) {
    const answer = await fetch(`${job}?WAIT=10`, { headers: { ...headers, accept: 'application/json' } });
    const shown = (await answer.json()) as Shown;
    if (!['PENDING', 'QUEUED', 'EXECUTING'].includes(shown.phase)) return shown;
  }
  throw new Error('the job did not end');
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('hostile values, file names and result names reach a script byte for byte, and nothing of them is run', async () => {
  // By hand: FormData would change the ends of lines.
  const parts = hostile.map(
    (value, index) => `--x\r\nContent-Disposition: form-data; name="value_${index}"\r\n\r\n${value}\r\n`,
  );
  const upload = `--x\r\nContent-Disposition: form-data; name="image"; filename="$(touch pwned)\`touch pwned\`;touch pwned.fits"\r\nContent-Type: image/fits\r\n\r\nbytes of the image\r\n`;
  const output = `--x\r\nContent-Disposition: form-data; name="output"\r\n\r\n$(touch pwn).txt\r\n`;
  const run = '--x\r\nContent-Disposition: form-data; name="PHASE"\r\n\r\nRUN\r\n--x--\r\n';
  const made = await fetch(`${address}/rest/hostile`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'multipart/form-data; boundary=x' },
    body: Buffer.from([...parts, upload, output, run].join('')),
    redirect: 'manual',
  });
  expect([made.status, made.status === 303 ? '' : await made.text()]).toEqual([303, '']);
  const job = made.headers.get('location') ?? '';
  const { phase, results } = await ended(job);
  expect([phase, await (await fetch(`${job}/error`, { headers })).text()]).toEqual(['COMPLETED', '']);
  expect(results.map(({ id }) => id).filter((id) => id.includes('pwned'))).toEqual([]);
  const read = async (id: string) => {
    const href = results.find((result) => result.id === id)?.href;
    if (href === undefined) throw new Error(`there is no result ${id}`);
    return Buffer.from(await (await fetch(href, { headers })).arrayBuffer());
  };
  for (const [index, value] of hostile.entries()) {
    const bytes = await read(`value_${index}.out`);
    expect([value.slice(0, 40), sha256(bytes)]).toEqual([value.slice(0, 40), sha256(Buffer.from(value))]);
  }
  expect(String(await read('copy'))).toBe('bytes of the image');
  expect(String(await read('path'))).toMatch(/^inputs\/image\/[A-Za-z0-9._+-]+\.fits$/);
  expect(String(await read('output'))).toBe('made');
}, 60_000);

test('a script that runs its values itself is found by what these tests look for', async () => {
  const parameters = [{ name: 'text', type: 'string' as const }];
  const results = [{ name: 'pwned', file: '**pwned*' }];
  const careless = { name: 'careless', script: 'eval "echo \\"$text\\""', parameters, results };
  await installDefinition(core.db, careless, 'tester', new Date());
  serviceOf(core).catalog.forget();
  const body = new URLSearchParams({ text: '$(touch pwned)', PHASE: 'RUN' });
  const made = await fetch(`${address}/rest/careless`, { method: 'POST', headers, body, redirect: 'manual' });
  const { results: found } = await ended(made.headers.get('location') ?? '');
  expect(found.map(({ id }) => id)).toContain('pwned');
});

test.each([
  'PATH',
  'LD_PRELOAD',
  'BASH_ENV',
  'IFS',
  'BASH_FUNC_ls%%',
  'a;b',
  'a b',
  'a=b',
  '$(touch pwned)',
  '`id`',
  'a\nb',
  '-n',
  '1',
  'ä',
  '__orrery_error',
  'ORRERY_JOB',
  'http_proxy',
])('a field called %j is refused and makes no job', async (name) => {
  const count = async () => (await core.db.sql`select from uws.job`).length;
  const before = await count();
  const body = new URLSearchParams([
    [name, 'x'],
    ['PHASE', 'RUN'],
  ]);
  const answer = await fetch(`${address}/rest/hostile`, {
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
  });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toMatch(/no name for a parameter/);
  expect(await count()).toBe(before);
});
