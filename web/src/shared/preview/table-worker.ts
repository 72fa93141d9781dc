import { readCsvTable } from './csv-table.ts';
import { textOfBytes } from './kind.ts';
import { httpSource } from './source.ts';
import type { Column, TableModel } from './table-model.ts';
import { readVoTable } from './votable.ts';

/** Reads a file as a table, or gives rows of one that was read. */
export type TableAsk =
  | {
      id: number;
      act: 'open';
      kind: 'table' | 'votable';
      href: string;
      sizeBytes: number;
      limitBytes: number;
    }
  | { id: number; act: 'rows'; table: number; start: number; end: number };

export interface TableHead {
  name: string;
  description: string;
  columns: Column[];
  rowCount: number;
  cut: string | null;
}

export type TableAnswer =
  | { id: number; ok: true; tables: TableHead[]; status: string | null; readBytes: number }
  | { id: number; ok: true; rows: string[][] }
  | { id: number; ok: false; status: number; message: string };

let opened: Array<{ name: string; description: string; table: TableModel }> = [];

async function answer(ask: TableAsk): Promise<TableAnswer> {
  const { id } = ask;
  if (ask.act === 'rows') {
    const rows = (await opened[ask.table]?.table.rows(ask.start, ask.end)) ?? [];
    return { id, ok: true, rows };
  }
  const source = httpSource(ask.href, ask.sizeBytes);
  const bytes = await source.read(0, Math.min(ask.limitBytes, ask.sizeBytes));
  const whole = bytes.length >= ask.sizeBytes;
  const text = textOfBytes(bytes, false, !whole);
  let status: string | null = null;
  if (ask.kind === 'votable') {
    const file = readVoTable(text, whole);
    opened = file.tables;
    status = file.status;
  } else opened = [{ name: '', description: '', table: readCsvTable(text, whole) }];
  const tables = opened.map(({ name, description, table: { columns, rowCount, cut } }) => ({
    name,
    description,
    columns,
    rowCount,
    cut,
  }));
  return { id, ok: true, tables, status, readBytes: bytes.length };
}

self.addEventListener('message', (event: MessageEvent<TableAsk>) => {
  const ask = event.data;
  answer(ask).then(
    (found) => self.postMessage(found),
    (error: unknown) => {
      const status =
        error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 0;
      self.postMessage({
        id: ask.id,
        ok: false,
        status,
        message: error instanceof Error ? error.message : '',
      });
    },
  );
});
