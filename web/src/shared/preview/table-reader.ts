import { ApiError } from '../api.ts';
import type { TableModel } from './table-model.ts';
import type { TableAnswer, TableAsk, TableHead } from './table-worker.ts';

export interface ReadTable {
  name: string;
  description: string;
  table: TableModel;
}

export interface ReadFile {
  tables: ReadTable[];
  status: string | null;
  readBytes: number;
}

export interface TableReader {
  open(
    file: { kind: 'table' | 'votable'; href: string; sizeBytes: number },
    limitBytes: number,
  ): Promise<ReadFile>;
  close(): void;
}

type Waiting = { done: (answer: TableAnswer) => void; failed: (error: Error) => void };
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** Reads tables in a worker, so that the page never waits for a long file; rows come over when they are looked at. */
export function tableReader(): TableReader {
  const worker = new Worker(new URL('./table-worker.ts', import.meta.url), { type: 'module' });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  worker.addEventListener('message', (event: MessageEvent<TableAnswer>) => {
    const asked = waiting.get(event.data.id);
    waiting.delete(event.data.id);
    asked?.done(event.data);
  });
  worker.addEventListener('error', () => {
    for (const asked of waiting.values())
      asked.failed(new ApiError(0, { message: 'The table could not be read here.' }));
    waiting.clear();
  });
  const ask = (question: WithoutId<TableAsk>): Promise<TableAnswer> =>
    new Promise((done, failed) => {
      lastId += 1;
      waiting.set(lastId, { done, failed });
      worker.postMessage({ ...question, id: lastId });
    });
  const rowsOf = async (table: number, start: number, end: number): Promise<string[][]> => {
    const answer = checked(await ask({ act: 'rows', table, start, end }));
    return 'rows' in answer ? answer.rows : [];
  };
  return {
    async open(file, limitBytes) {
      const answer = checked(await ask({ act: 'open', ...file, limitBytes }));
      if (!('tables' in answer)) return { tables: [], status: null, readBytes: 0 };
      const tables = answer.tables.map((head, at) => ({ ...head, table: modelOf(head, at, rowsOf) }));
      return { tables, status: answer.status, readBytes: answer.readBytes };
    },
    close: () => worker.terminate(),
  };
}

function modelOf(
  head: TableHead,
  at: number,
  rowsOf: (table: number, start: number, end: number) => Promise<string[][]>,
): TableModel {
  const { columns, rowCount, cut } = head;
  return { columns, rowCount, cut, rows: (start, end) => rowsOf(at, start, end) };
}

function checked(answer: TableAnswer) {
  if (answer.ok) return answer;
  throw new ApiError(answer.status, { message: answer.message || 'The file could not be read.' });
}
