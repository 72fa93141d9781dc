import { expect, test } from 'vitest';
import { testDatabase } from '../support/database.ts';

const db = await testDatabase({ poolSize: 4 });

test('every statement is answered when many more are asked than there are connections', async () => {
  const numbers = Array.from({ length: 400 }, (_, number) => number);
  const answers = await Promise.all(
    numbers.map(async (number) => {
      // The driver sends others behind a statement without parameters while that one runs.
      if (number % 2 === 0) await db.sql`select pg_sleep(0.002)`;
      const [row] = await db.sql<{ number: number }[]>`select ${number}::int as number, pg_sleep(0.002)`;
      return row?.number;
    }),
  );
  expect(answers).toEqual(numbers);
});

test('transactions and single statements take turns', async () => {
  const numbers = Array.from({ length: 200 }, (_, number) => number);
  const answers = await Promise.all(
    numbers.map((number) =>
      number % 2 === 0
        ? db.sql<{ number: number }[]>`select ${number}::int as number`.then(([row]) => row?.number)
        : db.transaction(async (tx) => {
            const rows = await Promise.all([
              tx`select 1`,
              tx<{ number: number }[]>`select ${number}::int as number`,
            ]);
            return rows[1][0]?.number;
          }),
    ),
  );
  expect(answers).toEqual(numbers);
});
