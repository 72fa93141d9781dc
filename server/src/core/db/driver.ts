import { registerHooks } from 'node:module';

/**
 * Faults of postgres.js 3.4.9. Two keep a process from its database after PostgreSQL was restarted. A connection
 * that breaks while a small write waits for its turn forgets that the write was called off: it is never armed again,
 * and every later attempt sends nothing and waits for `connect_timeout` (porsager/postgres 1154 and 1176 are about
 * the same timer). And a query given to a connection between its error and its close is never answered.
 * The second line lets `max_pipeline: 0` begin transactions (connect.ts says why it is needed behind a pooler).
 * The fourth: a new connection asks for the types of arrays, and nobody waited for that. When it failed, because the
 * database went away just then, the process ended; or the connection was used and wrote arrays wrongly.
 * The fifth: a statement of a transaction whose connection is gone already was written to no socket at all, which
 * ended the process as well.
 */
type Mending = readonly [faulty: RegExp, mended: string];

const connectionMendings: readonly Mending[] = [
  [/^( *clearImmediate\(nextWriteTimer\))$/gm, '$1; chunk = nextWriteTimer = null'],
  [
    /&& sent\.length < max_pipeline\s+&& (\(!q\.options\.onexecute \|\| q\.options\.onexecute\(connection\)\))/,
    '&& $1 && sent.length < max_pipeline',
  ],
  [/!hadError && (\(query \|\| sent\.length\) && error\()/, ';$1'],
  [/return fetchArrayTypes\(\)/, '$&.catch(() => socket && socket.destroy())'],
  [
    /^( *)(const x = socket\.write\(chunk, fn\))$/m,
    '$1if (socket === null) return chunk = nextWriteTimer = null, error(Errors.connection("CONNECTION_CLOSED", options)), true\n$1$2',
  ],
];

/**
 * A transaction whose connection is gone goes on to use it once it is made anew: its statements then stand alone,
 * and its commit or rollback ends the transaction of whoever has the connection now. They are refused instead.
 */
const transactionMendings: readonly Mending[] = [
  [/let savepoints = 0$/m, 'let lost, savepoints = 0'],
  [
    /connection\.onclose = reject\)/,
    'connection.onclose = e => { lost = e; while (queries.length) queries.shift().reject(e); reject(e) })',
  ],
  [
    /^( *)(q\.catch\(e => uncaughtError \|\| \(uncaughtError = e\)\))$/m,
    '$1$2\n$1if (lost) return q.reject(lost)',
  ],
];

const mendings: ReadonlyMap<string, readonly Mending[]> = new Map([
  ['/postgres/src/connection.js', connectionMendings],
  ['/postgres/src/index.js', transactionMendings],
]);

/** A driver without these lines is left as it is; connect.test.ts tells whether the mending is still needed. */
const hook = registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const [, wanted] = [...mendings].find(([file]) => url.endsWith(file)) ?? [];
    if (wanted === undefined || loaded.source == null) return loaded;
    const source = wanted.reduce(
      (text, [faulty, mended]) => text.replace(faulty, mended),
      loaded.source.toString(),
    );
    return { ...loaded, source };
  },
});

/** The driver, mended while it is loaded. */
export const { default: postgres } = await import('postgres');
hook.deregister();
