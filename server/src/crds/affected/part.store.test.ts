import { beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { findingsOf } from './findings.ts';
import {
  findPart,
  finishPart,
  insertParts,
  numberChanges,
  type Part,
  type Piece,
  readPiece,
  storePiece,
} from './part.store.ts';
import { endRun, findRun, insertRun, markDone, markRunning } from './run.store.ts';

const db = await testDatabase();
let runId = 0;

const partOf = async (): Promise<Part> => {
  const part = await findPart(db.sql, runId, 1);
  if (part === null) throw new Error('there is no part');
  return part;
};

const pieceOf = async (part: Part, limit = 2): Promise<Piece> => {
  const piece = await readPiece(db.sql, part, limit);
  if (piece === null) throw new Error('there is no piece');
  return piece;
};

/** Every dataset of a piece is affected in one type. */
async function findingsIn(piece: Piece) {
  const numbers = await numberChanges(db.sql, runId, [['dark', 'a.fits', 'b.fits']]);
  const rows = piece.lines.split('\n').map((line) => {
    const [id, day] = line.split('\u001f');
    return [Number(id), Number(day), [0]] as const;
  });
  const changes = [['dark', 'a.fits', 'b.fits']] as [string, string, string][];
  return findingsOf(
    { looked: rows.length, errors: 1, errorLines: ['acs dark: why'], changes, rows },
    numbers,
  );
}

beforeAll(async () => {
  await db.sql`insert into crds.observatory (observatory) values ('tobs')`;
  await db.sql`
    insert into crds.dataset (observatory, instrument, product, exposure, exposed_at, header)
    select 'tobs', 'acs', 'P', 'E' || n, timestamptz '2001-01-31 23:00Z' + n / 2 * interval '1 hour', 'v' || n || E'\\x1f'
    from generate_series(0, 4) n`;
  await db.transaction(async (tx) => {
    runId = await insertRun(tx, {
      observatory: 'tobs',
      oldContext: 'a.pmap',
      newContext: 'b.pmap',
      requestedBy: 'tester',
      sinceAt: null,
    });
    await markRunning(tx, runId, [{ instrument: 'acs', type: 'dark', since: null }], 5);
    await insertParts(tx, runId, [
      { instrument: 'acs', fromAt: new Date('2001-01-31T23:00:00Z'), untilAt: null, total: 5 },
    ]);
  });
});

test('pieces follow each other in the order of exposure, also among exposures of the same moment', async () => {
  const part = await partOf();
  const seen: string[] = [];
  for (let at = part; ; ) {
    const piece = await readPiece(db.sql, at, 2);
    if (piece === null) break;
    seen.push(...piece.lines.split('\n').map((line) => line.split('\u001f')[2] ?? ''));
    at = { ...at, cursorAt: piece.cursorAt, cursorId: piece.cursorId };
  }
  expect(seen).toEqual(['v0', 'v1', 'v2', 'v3', 'v4']);
});

test('a piece that was stored is not stored again, and the part goes on behind it', async () => {
  const part = await partOf();
  const piece = await pieceOf(part);
  const found = await findingsIn(piece);
  expect(await db.transaction((tx) => storePiece(tx, part, piece, found))).toBe(true);
  expect(await db.transaction((tx) => storePiece(tx, part, piece, found))).toBe(false);
  const next = await partOf();
  const second = await pieceOf(next, 100);
  expect(second.datasets).toBe(3);
  await db.transaction(async (tx) => storePiece(tx, next, second, await findingsIn(second)));
  expect(await readPiece(db.sql, await partOf(), 2)).toBe(null);
  expect(await findRun(db.sql, runId)).toMatchObject({ state: 'running', looked: 5, affected: 5, errors: 2 });
  const counts = await db.sql`
    select type, month::text, datasets from crds.affected_count where affected_run_id = ${runId} order by type, month`;
  expect(counts.map((row) => Object.values(row))).toEqual([
    ['', '2001-01-01', 2],
    ['', '2001-02-01', 3],
    ['dark', '2001-01-01', 2],
    ['dark', '2001-02-01', 3],
  ]);
});

test('the end of the last part gives the sums to the run', async () => {
  await db.transaction(async (tx) => {
    expect(await finishPart(tx, runId, 1)).toBe(true);
    await markDone(tx, runId);
  });
  expect(await findRun(db.sql, runId)).toMatchObject({
    state: 'done',
    looked: 5,
    affected: 5,
    errors: 2,
    products: 1,
  });
  expect(await endRun(db.sql, runId, 'cancelled', 'late')).toBe(false);
});

test('a run goes with all that it found', async () => {
  await db.sql`delete from crds.affected_run where affected_run_id = ${runId}`;
  const [left] = await db.sql`
    select (select count(*)::int from crds.affected_dataset) + (select count(*)::int from crds.affected_part)
      + (select count(*)::int from crds.affected_count) + (select count(*)::int from crds.affected_change) as rows`;
  expect(left).toEqual({ rows: 0 });
});
