import path from 'node:path';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Sql } from '../db/index.ts';
import { AppError } from '../errors.ts';
import type { CopiedTable } from './manifest.ts';
import { readPacked, writePacked } from './packed-file.ts';
import type { Progress } from './progress.ts';
import { RowDigest } from './row-digest.ts';
import { copyStatement, type Table } from './tables.ts';

/** Writes the rows of a table, as the snapshot sees them, to a file below `folder`. */
export async function copyTableOut(
  snapshot: Sql,
  table: Table,
  folder: string,
  progress: Progress,
): Promise<CopiedTable> {
  const { name, columns, partitions } = table;
  const file = `tables/${name}.copy.zst`;
  const digest = new RowDigest();
  const written = await writePacked(rowsOf(snapshot, table, digest, progress), path.join(folder, file));
  const { rows, bytes } = digest;
  return { name, columns, partitions, file, rows, bytes, rowDigest: digest.digest(), ...written };
}

/** Reads the rows of a table only to digest them. */
export async function digestTable(
  sql: Sql,
  table: Pick<Table, 'name' | 'columns'>,
  progress: Progress,
): Promise<{ rows: number; rowDigest: string }> {
  const digest = new RowDigest();
  for await (const _rows of rowsOf(sql, table, digest, progress));
  return { rows: digest.rows, rowDigest: digest.digest() };
}

async function* rowsOf(
  sql: Sql,
  table: Pick<Table, 'name' | 'columns'>,
  digest: RowDigest,
  progress: Progress,
): AsyncGenerator<Buffer> {
  const rows: Readable = await sql.unsafe(copyStatement(table, 'out')).readable();
  try {
    for await (const chunk of rows.iterator({ destroyOnReturn: false })) {
      digest.update(chunk as Buffer);
      progress.add((chunk as Buffer).length);
      yield chunk as Buffer;
    }
  } finally {
    // postgres.js pauses its socket while the reader is behind and resumes it in `_read`, which Node does not call
    // after the last chunk: the answer to the next statement could stay unread for ever. The same when the reader
    // gives up: what still comes is read and thrown away, or nobody would notice that the session ends.
    rows.on('error', () => {});
    rows.resume();
    rows._read(0);
  }
}

/** Loads the rows of a table from its file. Throws internal `backup.rows-refused` when the database refuses them. */
export async function copyTableIn(
  sql: Sql,
  table: CopiedTable,
  folder: string,
  progress: Progress,
): Promise<void> {
  const target = await sql.unsafe(copyStatement(table, 'in')).writable();
  let failure: unknown;
  target.on('error', (error) => {
    failure ??= error;
  });
  for await (const chunk of readPacked(path.join(folder, table.file))) {
    if (failure !== undefined) break;
    progress.add(chunk.length);
    await new Promise<void>((resolve) => target.write(chunk, () => resolve()));
  }
  if (failure === undefined) {
    target.end();
    await setImmediate(); // the end is on its way before the next statement
  }
  // A failure at the very end (a foreign key) reaches nobody in postgres.js, but the transaction is ended by it.
  const ended = await sql`select 1`.then(
    () => failure,
    (error: unknown) => failure ?? error,
  );
  if (ended === undefined) return;
  throw new AppError('internal', 'backup.rows-refused', `PostgreSQL refused the rows of ${table.name}.`, {
    next: 'Nothing was changed. The reason is in the log of PostgreSQL.',
    cause: ended,
  });
}
