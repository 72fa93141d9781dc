import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { asBusy, connect, isConnectionLoss } from './connect.ts';

async function failureOf(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

test('a database whose socket is gone counts as away, and is answered as busy', async () => {
  const sql = connect({ socketDir: '/nowhere', max: 1, prepare: false, name: 'test' });
  const failure = await failureOf(sql`select 1`);
  await sql.end();
  expect(failure).toMatchObject({ code: 'ENOENT' });
  expect(isConnectionLoss(failure)).toBe(true);
  expect(asBusy(failure)).toMatchObject({ kind: 'busy', code: 'db.unreachable' });
});

test('a missing file is no database that went away', async () => {
  const failure = await failureOf(readFile('/nowhere/at/all'));
  expect(failure).toMatchObject({ code: 'ENOENT' });
  expect(isConnectionLoss(failure)).toBe(false);
  expect(asBusy(failure)).toBe(failure);
});

test.each(['CONNECTION_CLOSED', 'ECONNREFUSED', '57P03', '08006', '53300'])(
  '%s says that asking again may help',
  (code) => {
    expect(isConnectionLoss(Object.assign(new Error('gone'), { code }))).toBe(true);
  },
);

test.each(['23505', '40001', '42P01'])('%s says that the statement is at fault', (code) => {
  expect(isConnectionLoss(Object.assign(new Error('wrong'), { code }))).toBe(false);
});
