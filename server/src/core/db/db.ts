import { connect, type Pool, type Sql, type Tx } from './connect.ts';

/** The database as services see it. */
export interface Db {
  /** The pool: each statement is its own transaction. */
  readonly sql: Pool;
  /** Runs `work` in one transaction; what it registered with `afterCommit` runs once the commit is durable. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Registers something to be done after the commit of `tx`; forgotten when it rolls back. */
  afterCommit(tx: Tx, action: () => void): void;
  /** A connection that is not shared through a pooler: LISTEN, session locks. Connects at first use. */
  readonly direct: Pool;
  close(): Promise<void>;
}

export interface DbOptions {
  url?: string;
  directUrl?: string;
  socketDir?: string;
  password?: string;
  user?: string;
  database?: string;
  poolSize: number;
  prepare: boolean;
  name: string;
  statementTimeoutMs?: number;
}

export function createDb(options: DbOptions): Db {
  const { poolSize, directUrl, ...rest } = options;
  const sql = connect({ ...rest, max: poolSize });
  const direct = connect({
    ...rest,
    ...(directUrl === undefined ? {} : { url: directUrl }),
    prepare: true,
    max: 1,
    name: `${options.name} listen`,
  });
  const pending = new WeakMap<Sql, Array<() => void>>();
  return {
    sql,
    direct,
    async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      const actions: Array<() => void> = [];
      const result = await sql.begin(async (tx) => {
        pending.set(tx, actions);
        return [await work(tx)] as const;
      });
      for (const action of actions) action();
      return (result as readonly [T])[0];
    },
    afterCommit(tx, action) {
      const actions = pending.get(tx);
      if (actions === undefined) throw new Error('afterCommit was called outside db.transaction');
      actions.push(action);
    },
    async close() {
      await Promise.all([sql.end({ timeout: 5 }), direct.end({ timeout: 1 })]);
    },
  };
}
