import type { Pool, Sql } from '../../../server/src/core/db/index.ts';

export interface Plan {
  text: string;
  milliseconds: number;
  /** Pages of 8 KiB that were looked at, in memory or on disk. */
  pages: number;
}

/**
 * Runs what `ask` sends with EXPLAIN in front of each statement, inside a transaction that is undone, and gives
 * the plans. `ask` gets no rows; what it makes of that does not matter.
 */
export async function plansOf(pool: Pool, ask: (sql: Sql) => Promise<unknown>): Promise<Plan[]> {
  const plans: Plan[] = [];
  const connection = await pool.reserve();
  try {
    await connection`begin`;
    const explaining = new Proxy(connection, {
      apply(tag, self, [strings, ...values]: [TemplateStringsArray, ...unknown[]]) {
        const query = Reflect.apply(tag, self, [strings, ...values]);
        // Fragments are put into a statement; only that is sent.
        if (!/^\s*(select|with|insert|update|delete)\b/i.test(strings[0] ?? '')) return query;
        return Reflect.apply(tag, self, [explain, query]).then((rows: Record<string, string>[]) => {
          plans.push(readPlan(rows.map((row) => Object.values(row)[0]).join('\n')));
          return [];
        });
      },
    });
    await ask(explaining as unknown as Sql).catch((error: unknown) => {
      if (plans.length === 0) throw error;
    });
    await connection`rollback`;
  } finally {
    connection.release();
  }
  return plans;
}

const explain = Object.assign(['explain (analyze, buffers) ', ''], {
  raw: ['explain (analyze, buffers) ', ''],
});

function readPlan(text: string): Plan {
  const [, hit = '0'] = /Buffers: shared hit=(\d+)/.exec(text) ?? [];
  const [, read = '0'] = /^.*Buffers: shared (?:hit=\d+ )?read=(\d+)/m.exec(text) ?? [];
  return {
    text,
    milliseconds: Number(/Execution Time: ([\d.]+)/.exec(text)?.[1]),
    pages: Number(hit) + Number(read),
  };
}
