import { readFile } from 'node:fs/promises';
import { createServer, connect as open, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { testConnection } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
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

const real = testConnection('postgres');

/** What a server says of a statement that it gave up: an error, and that it is ready for the next one. */
function givenUp(): Buffer {
  const fields = Buffer.from('SERROR\0VERROR\0C57014\0Mcanceling statement\0\0');
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  return Buffer.concat([Buffer.from('E'), length, fields, Buffer.from([0x5a, 0, 0, 0, 5, 0x49])]);
}

/**
 * The socket of the test server under another folder, which can be taken away. The first statement with the word
 * `refused` is answered with an error.
 */
function aDoor(folder: string, refused?: string): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  let word = refused;
  const server: Server = createServer((client) => {
    const far = open(path.join(real.socketDir as string, '.s.PGSQL.5432'));
    for (const end of [client, far]) {
      sockets.add(end);
      end.on('error', () => {}).on('close', () => [client, far].map((one) => one.destroy()));
    }
    client.on('data', (sent: Buffer) => {
      if (word === undefined || !sent.includes(word)) return void far.write(sent);
      word = undefined;
      client.write(givenUp());
    });
    far.pipe(client);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  return new Promise((resolve) =>
    server.listen(path.join(folder, '.s.PGSQL.5432'), () => resolve({ close })),
  );
}

test.skipIf(real.socketDir === undefined)(
  'a pool of ten is back soon after the database is, however often it had tried',
  async () => {
    const folder = await temporaryFolder('door');
    const sql = connect({ ...real, socketDir: folder, max: 10, prepare: false, name: 'test' });
    const all = () => Promise.allSettled(Array.from({ length: 10 }, () => sql`select pg_sleep(0.01)`));
    const before = await aDoor(folder);
    await all();
    await before.close();
    await all(); // breaks: the connections were open
    await all(); // given to connections that are about to close
    await all(); // finds no socket
    const after = await aDoor(folder);
    const deadline = Date.now() + 5000; // the driver's own pause would be 10 to 20 s by now
    await eventually(() => sql`select 1`, 5000);
    expect(Date.now()).toBeLessThan(deadline);
    await sql.end({ timeout: 1 });
    await after.close();
  },
);

test.skipIf(real.socketDir === undefined)(
  'a connection that cannot be made ready ends no process, and the next one is whole',
  async () => {
    const folder = await temporaryFolder('door');
    const door = await aDoor(folder, 'typarray');
    const uncaught: unknown[] = [];
    const note = (reason: unknown) => uncaught.push(reason);
    process.on('unhandledRejection', note);
    const sql = connect({ ...real, socketDir: folder, max: 1, prepare: true, name: 'test' });
    await Promise.allSettled([sql`select 1`]);
    await eventually(() => sql`select 1`, 5000);
    expect(await sql`select ${['a', 'b']}::text[] as list`).toEqual([{ list: ['a', 'b'] }]);
    await sql.end({ timeout: 1 });
    process.off('unhandledRejection', note);
    expect(uncaught).toEqual([]);
    await door.close();
  },
);

test.each([10, 5000])(
  'a statement of %i characters in a transaction whose connection is gone fails, and ends no process',
  async (length) => {
    const sql = connect({ ...real, max: 2, prepare: true, name: 'test' });
    const uncaught: unknown[] = [];
    const note = (reason: unknown) => uncaught.push(reason);
    process.on('uncaughtException', note);
    const statements: unknown[] = [];
    let isOver = false;
    // Rejects as soon as the connection is gone; the function in it goes on.
    const failure = await failureOf(
      sql.begin(async (tx) => {
        const [{ pid } = { pid: 0 }] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
        await eventually(() => sql`select pg_terminate_backend(${pid})`);
        await eventually(async () =>
          expect(await sql`select from pg_stat_activity where pid = ${pid}`).toHaveLength(0),
        );
        for (let count = 0; count < 3; count++) {
          statements.push(await failureOf(tx`select ${'x'.repeat(length)}::text`));
          await new Promise((resolve) => setImmediate(resolve));
        }
        isOver = true;
      }),
    );
    expect(isConnectionLoss(failure)).toBe(true);
    await eventually(() => expect(isOver).toBe(true));
    expect(statements.map(isConnectionLoss)).toEqual([true, true, true]);
    expect(await eventually(() => sql`select 1 as one`)).toEqual([{ one: 1 }]);
    await sql.end({ timeout: 1 });
    process.off('uncaughtException', note);
    expect(uncaught).toEqual([]);
  },
);

test('a transaction whose connection is gone touches nothing on the one that takes its place', async () => {
  const sql = connect({ ...real, max: 1, prepare: true, name: 'test' });
  const other = connect({ ...real, max: 1, prepare: true, name: 'test, beside' });
  const refused: unknown[] = [];
  const end = Promise.withResolvers<void>();
  const failure = await failureOf(
    sql.begin(async (tx) => {
      const [{ pid } = { pid: 0 }] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
      await other`select pg_terminate_backend(${pid})`;
      await eventually(() => expect(end).toHaveProperty('isNext', true));
      refused.push(await failureOf(tx`select set_config('orrery.stray', 'yes', false)`));
      end.resolve();
    }),
  );
  expect(isConnectionLoss(failure)).toBe(true);
  // The same connection, made anew, in the hands of somebody else.
  const next = await eventually(() =>
    sql.begin(async (tx) => {
      await tx`select set_config('orrery.mine', 'kept', true)`;
      Object.assign(end, { isNext: true });
      await end.promise;
      await new Promise((resolve) => setTimeout(resolve, 50)); // for the rollback of the lost one, were it sent
      return await tx`select current_setting('orrery.mine', true) as mine,
        coalesce(current_setting('orrery.stray', true), '') as stray`;
    }),
  );
  expect(next).toEqual([{ mine: 'kept', stray: '' }]);
  expect(refused.map(isConnectionLoss)).toEqual([true]);
  await Promise.all([sql.end({ timeout: 1 }), other.end({ timeout: 1 })]);
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
