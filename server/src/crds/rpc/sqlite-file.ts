import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { Core } from '../../core/core.ts';
import { historyOf } from '../contexts/history.store.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { perCore } from '../per-core.ts';
import { fileRecord, recordFields } from './file-record.ts';
import { plainInstant } from './instants.ts';
import { listAllFiles } from './server-info.store.ts';

/** Rows that are put in without letting anybody else be answered. */
const rowsAtOnce = 500;

interface Kept {
  version: number;
  file: Promise<string>;
}
const keptByObservatory = perCore(() => new Map<string, Kept>());

/**
 * The catalogue as an SQLite 3 file for `crds sql` (crds 13.2.7, `get_sqlite_db`): tables
 * `crds_<observatory>_catalog` and `crds_<observatory>_context_history`; base64 of its zlib form. Made once for each
 * version of the catalogue.
 */
export function sqliteFile(core: Core, observatory: Observatory): Promise<string> {
  const all = keptByObservatory(core);
  const known = all.get(observatory.observatory);
  if (known !== undefined && known.version === observatory.version) return known.file;
  const kept = { version: observatory.version, file: makeFile(core, observatory.observatory) };
  all.set(observatory.observatory, kept);
  kept.file.catch(() => {
    if (all.get(observatory.observatory) === kept) all.delete(observatory.observatory);
  });
  return kept.file;
}

async function makeFile(core: Core, observatory: string): Promise<string> {
  const { sql } = core.db;
  const [files, history] = await Promise.all([listAllFiles(sql, observatory), historyOf(sql, observatory)]);
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(':memory:');
  try {
    const catalogue = `crds_${observatory}_catalog`;
    const contexts = `crds_${observatory}_context_history`;
    database.exec(`
      create table ${catalogue} (id integer primary key, ${recordFields.map((field) => `${field} text not null`).join(', ')});
      create table ${contexts} (id integer primary key, name text not null, start_date text not null,
        context text not null, state text not null, description text not null);
      begin`);
    const addFile = database.prepare(
      `insert into ${catalogue} values (?, ${recordFields.map(() => '?').join(', ')})`,
    );
    for (const [at, file] of files.entries()) {
      const record = fileRecord(file);
      addFile.run(at + 1, ...recordFields.map((field) => record[field]));
      if (at % rowsAtOnce === rowsAtOnce - 1) await setImmediate();
    }
    const addContext = database.prepare(`insert into ${contexts} values (?, ?, ?, ?, ?, ?)`);
    for (const [at, { startedAt, context, description }] of history.toReversed().entries()) {
      addContext.run(at + 1, context, plainInstant(startedAt), context, 'operational', description);
    }
    database.exec('commit');
    return (await promisify(deflate)(database.serialize())).toString('base64');
  } finally {
    database.close();
  }
}
