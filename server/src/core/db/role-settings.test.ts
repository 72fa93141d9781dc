import { expect, test } from 'vitest';
import { createTestDatabase, directConnection, testDatabase } from '../../../../test/support/database.ts';
import { createDb } from './db.ts';
import { migrate } from './migrate.ts';
import { liftLimits, roleSettings } from './role-settings.ts';

const db = await testDatabase();

async function limitsOf(open: typeof db): Promise<Record<string, string>> {
  const rows = await open.sql<{ name: string; setting: string }[]>`
    select name, setting from pg_settings where name = any(${Object.keys(roleSettings)}::text[])`;
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}

const milliseconds: Record<string, string> = {
  statement_timeout: '30000',
  transaction_timeout: '60000',
  idle_in_transaction_session_timeout: '60000',
};

test('a migrated database limits every session that begins afterwards, with what its PostgreSQL knows', async () => {
  const { name, drop } = await createTestDatabase();
  const first = createDb({ ...directConnection(name), poolSize: 2, name: 'first' });
  const [server] = await first.sql<{ version: number }[]>`
    select current_setting('server_version_num')::int as version`;
  await Promise.all([migrate(first.sql, []), migrate(first.direct, [])]);
  const later = createDb({ ...directConnection(name), poolSize: 1, name: 'later' });
  const wanted = { ...milliseconds };
  if ((server?.version ?? 0) < 170_000) delete wanted.transaction_timeout;
  expect(await limitsOf(later)).toEqual(wanted);
  await Promise.all([first.close(), later.close()]);
  await drop();
});

test('the limits belong to the database: another one of the same role has none', async () => {
  expect((await limitsOf(db)).statement_timeout).toBe('0');
});

test('a long piece of work lifts the limits for its own transaction only', async () => {
  const { name, drop } = await createTestDatabase();
  const short = createDb({ ...directConnection(name), poolSize: 1, name: 'short' });
  await short.sql`set statement_timeout = '50ms'`;
  await short.transaction(async (tx) => {
    await liftLimits(tx);
    await tx`select pg_sleep(0.1)`;
  });
  await expect(short.sql`select pg_sleep(5)`).rejects.toMatchObject({ code: '57014' });
  await short.close();
  await drop();
});
