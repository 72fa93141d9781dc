import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { Command } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { createAudit } from '../core/audit/index.ts';
import { createAuthContext } from '../core/auth/index.ts';
import { loadConfig } from '../core/config/index.ts';
import { silentLog } from '../core/log.ts';
import { secretsOf } from '../panda/creds/secrets.ts';
import { registerSecrets } from './panda-secret.ts';

const db = await testDatabase();
const folder = await temporaryFolder('secret');
const { config } = loadConfig({ file: '/dev/null', flags: { data: folder } });
const context = createAuthContext({ db, audit: createAudit(), config });

afterEach(() => vi.restoreAllMocks());

/** Runs `orrery panda secret …` on the test's database and gives all that it printed. */
async function run(...args: string[]): Promise<string> {
  const panda = new Command().exitOverride();
  registerSecrets(panda, async () => ({ db, config, log: silentLog, close: async () => {} }));
  let printed = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
  }
  await panda.parseAsync(['secret', ...args], { from: 'user' });
  return printed;
}

test('a secret is set from a file or standard input, listed without its value, and removed', async () => {
  const file = path.join(folder, 'value');
  await writeFile(file, 'from a file\n');
  expect(await run('set', 'login', '--file', file)).not.toContain('from a file');
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(
    Readable.from(['from the pipe\n']) as typeof process.stdin,
  );
  expect(await run('set', 'password')).not.toContain('from the pipe');
  expect(await secretsOf(context, 0)).toEqual({ login: 'from a file', password: 'from the pipe' });
  const listed = await run('list');
  expect(listed).toMatch(/\nlogin +\d{4}-\d\d-\d\d.*\npassword +\d{4}/);
  expect(listed).not.toContain('from');
  await run('remove', 'login');
  expect(await run('list')).not.toContain('login');
  const trail = await db.sql<{ action: string; details: unknown }[]>`
    select action, details from core.audit where object_kind = 'panda.pilot-secret' order by audit_id`;
  expect(trail.map(({ action }) => action)).toEqual([
    'panda.pilot-secret-set',
    'panda.pilot-secret-set',
    'panda.pilot-secret-removed',
  ]);
  expect(JSON.stringify(trail)).not.toContain('from');
});

test('a file that cannot be read and a key that is not there are told', async () => {
  await expect(run('set', 'login', '--file', path.join(folder, 'none'))).rejects.toThrow('ENOENT');
  await expect(run('remove', 'nothing')).rejects.toThrow('no secret of this key');
});
