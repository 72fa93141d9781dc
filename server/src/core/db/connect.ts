import type postgresTypes from 'postgres';
import { AppError, messageOf } from '../errors.ts';
import { postgres } from './driver.ts';

/**
 * A place where statements can be run: the pool (each statement its own transaction) or one open transaction.
 * Column names are camelCase in code and snake_case in SQL; keys inside JSON values are left as they are.
 */
export type Sql = postgresTypes.ISql<{ bigint: number }>;
export type Pool = postgresTypes.Sql<{ bigint: number }>;
/** An open transaction. Store functions take it first and never open or end one. */
export type Tx = postgresTypes.TransactionSql<{ bigint: number }>;

export interface ConnectOptions {
  url?: string;
  /** Folder of a UNIX socket; used for the embedded server. */
  socketDir?: string;
  user?: string;
  password?: string;
  database?: string;
  max: number;
  /** False behind PgBouncer in transaction mode. */
  prepare: boolean;
  name: string;
  statementTimeoutMs?: number;
}

/** Opens a pool. Connections are made at first use and again after a loss. */
export function connect(options: ConnectOptions): Pool {
  const common: postgresTypes.Options<{ bigint: postgresTypes.PostgresType<number> }> = {
    max: options.max,
    prepare: options.prepare,
    // Statements that are not prepared are described first, without a Sync. Sent behind another statement, PgBouncer
    // ends the link to the server at that one's Sync, and the description is never answered: one at a time then.
    ...(options.prepare ? {} : { max_pipeline: 0 }),
    connect_timeout: 10,
    // The driver's own pause grows to 20 s: too long after a restart of the database that took one second.
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 0.5),
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => {},
    transform: { column: { from: postgres.toCamel, to: postgres.fromCamel } },
    types: {
      bigint: {
        to: 20,
        from: [20],
        serialize: (value: number) => String(value),
        parse: (text: string) => Number(text),
      },
    },
    connection: {
      application_name: options.name,
      TimeZone: 'UTC',
      ...(options.statementTimeoutMs === undefined ? {} : { statement_timeout: options.statementTimeoutMs }),
    },
  };
  if (options.url !== undefined) return postgres(options.url, common);
  return postgres({
    ...common,
    host: options.socketDir ?? 'localhost',
    port: 5432,
    user: options.user ?? 'orrery',
    ...(options.password === undefined ? {} : { password: options.password }),
    database: options.database ?? 'orrery',
  });
}

/** True for failures that say "the database went away", after which asking again may help. */
export function isConnectionLoss(error: unknown): boolean {
  const { code = '', syscall } = error as { code?: string; syscall?: string };
  if (code === 'ENOENT') return syscall === 'connect'; // the socket of a stopped server, not a missing file
  return (
    /^(CONNECTION_|ECONNREFUSED|ECONNRESET|EPIPE|57P0[123]|08)/.test(code) ||
    code === 'CONNECT_TIMEOUT' ||
    code === '53300'
  );
}

/** Turns "the database went away" into the answer `busy`; anything else is returned as it is. */
export function asBusy(error: unknown): unknown {
  if (!isConnectionLoss(error)) return error;
  return new AppError('busy', 'db.unreachable', 'The database does not answer at the moment.', {
    next: 'Ask again in a few seconds.',
    retryAfterSeconds: 2,
    cause: messageOf(error),
  });
}
