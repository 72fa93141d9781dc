import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createDb, type Db, migrate, startEmbedded } from '../../server/src/core/db/index.ts';
import { createDiskStore, createFiles, type Files } from '../../server/src/core/files/index.ts';
import { silentLog } from '../../server/src/core/log.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { type Bench, formatLine, percentile, type Report } from './report.ts';

const MiB = 1024 ** 2;
const block = randomBytes(MiB);
const smallBytes = 10 * 1024;

/** The file store on disk and a PostgreSQL of its own with fsync on, beside the bare writes that bound it. */
export const bench: Bench = async (report, { quick }) => {
  const { folder, remove } = await scratchFolder('bench');
  const server = await startEmbedded(path.join(folder, 'database'), silentLog);
  const where = { socketDir: server.socketDir, password: server.password, database: 'orrery' };
  const db = createDb({ ...where, poolSize: 10, prepare: true, name: 'bench' });
  try {
    const migrations = new URL('../../server/src/core/migrations/', import.meta.url);
    await migrate(db.sql, [{ module: 'core', folder: migrations }]);
    const store = createDiskStore({ folder: path.join(folder, 'files') });
    await store.start();
    const files = createFiles({ db, log: silentLog, store });
    await measureLarge(report, folder, files, quick ? 400 * MiB : 4096 * MiB);
    await measureSmall(report, folder, db, files, quick ? 0.5 : 4);
    await measureRace(report, db, files, quick ? 200 : 2000);
  } finally {
    await db.close();
    await server.stop();
    await remove();
  }
};

async function measureLarge(report: Report, folder: string, files: Files, sizeBytes: number): Promise<void> {
  const name = `${(sizeBytes / 1024 ** 3).toFixed(1)} GiB`;
  const rate = (seconds: number) => ({ value: sizeBytes / 1e6 / seconds, unit: 'MB/s' });
  report({
    name: `limit: bare write and fsync of ${name}`,
    ...rate(await seconds(() => writeBare(folder, sizeBytes))),
  });
  const memory = watchMemory();
  let sha256 = '';
  const put = await seconds(async () => {
    ({ sha256 } = await files.put(Readable.from(blocks(sizeBytes)), { namespace: 'reference' }));
  });
  report({ name: `put ${name}`, ...rate(put) });
  report({ name: `get ${name}`, ...rate(await seconds(async () => drain(files, sha256, sizeBytes))) });
  report({ name: `verify ${name}`, ...rate(await seconds(() => files.verify(sha256, 'reference'))) });
  const ranges = Array.from({ length: 500 }, () => Math.floor(Math.random() * (sizeBytes - MiB)));
  const times: number[] = [];
  for (const start of ranges) {
    times.push(await seconds(() => drain(files, sha256, MiB, { start, end: start + MiB - 1 })));
  }
  report({ name: `range of 1 MiB in ${name}, p99`, value: percentile(times, 0.99) * 1000, unit: 'ms' });
  const target = path.join(folder, 'linked');
  const link = await seconds(async () => {
    const how = await files.link(sha256, target);
    if (how !== 'hard-link') throw new Error(`linked by ${how}`);
  });
  report({ name: `link ${name}`, value: link * 1000, unit: 'ms' });
  const { beforeMb, mostMb } = memory.stop();
  report({ name: `memory before ${name}`, value: beforeMb, unit: 'MB' });
  report({ name: 'memory added by all of the above', value: mostMb - beforeMb, unit: 'MB', limit: '< 150' });
}

async function measureSmall(
  report: Report,
  folder: string,
  db: Db,
  files: Files,
  /** Seconds for each figure. */
  duration: number,
): Promise<void> {
  const bare = path.join(folder, 'bare');
  await mkdir(bare);
  const insert = (bytes: Buffer) => db.sql`insert into bench_row (content) values (${bytes})`;
  await db.sql`create table bench_row (id bigint generated always as identity primary key, content bytea)`;
  const owner = () => ({ kind: 'bench', id: randomBytes(8).toString('hex'), name: 'x' });
  const takers: Array<[string, (bytes: Buffer) => Promise<unknown>]> = [
    ['limit: bare write, fsync, rename, fsync of the folder', (bytes) => writeSmall(bare, bytes)],
    ['limit: bare insert', insert],
    ['put', (bytes) => files.put(bytes, { namespace: 'sample' })],
    [
      'put, then a reference in its own transaction',
      async (bytes) => {
        const { sha256 } = await files.put(bytes, { namespace: 'result' });
        await db.transaction((tx) => files.reference(tx, sha256, 'result', owner()));
      },
    ],
    [
      'putSmall',
      (bytes) => db.transaction((tx) => files.putSmall(tx, bytes, { namespace: 'result', owner: owner() })),
    ],
  ];
  for (const width of [1, 16]) {
    const rates: number[] = [];
    const suffix = `10 KiB, ${width === 1 ? 'one by one' : `${width} at once`}`;
    for (const [what, take] of takers) {
      const value = await measureRate(duration, width, () => take(randomBytes(smallBytes)));
      rates.push(value);
      report({ name: `${what}, ${suffix}`, value, unit: 'files/s' });
    }
    // A durable file and a durable row, one after the other, are what a put cannot be faster than.
    const [file = 0, row = 0, put = 0] = rates;
    report({
      name: `put, ${suffix}, of what the bare ones allow`,
      value: put * (1 / file + 1 / row),
      unit: '',
      limit: '≥ 0.5',
    });
  }
  const known = randomBytes(smallBytes);
  const again = await measureRate(duration, 16, () => files.put(known, { namespace: 'sample' }));
  report({
    name: 'put of bytes that are there, 10 KiB, 16 at once',
    value: again,
    unit: 'files/s',
    limit: '≥ 2,000',
  });
}

/** Services take files whose hold ends at that moment, while two collections run: each gets it, or is told. */
async function measureRace(report: Report, db: Db, files: Files, rounds: number): Promise<void> {
  let running = true;
  let removed = 0;
  const collect = async () => {
    while (running) {
      await db.sql`
        update core.blob_reference set expires_at = clock_timestamp() - interval '1 second' where expires_at is not null`;
      removed += (await files.collectGarbage({ partsSwept: 1 })).blobsRemoved;
    }
  };
  const collections = Promise.all([collect(), collect()]);
  const contents = Array.from({ length: 20 }, () => randomBytes(smallBytes));
  const outcome = { kept: 0, late: 0 };
  const started = performance.now();
  await atOnce(rounds, 8, async (round) => {
    const owner = { kind: 'bench', id: String(round), name: 'race' };
    const { sha256 } = await files.put(contents[round % 20] as Buffer, { namespace: 'cache' });
    try {
      await db.transaction((tx) => files.reference(tx, sha256, 'cache', owner));
    } catch {
      outcome.late++;
      return;
    }
    outcome.kept++;
    await drain(files, sha256, smallBytes, undefined, 'cache');
    await db.transaction((tx) => files.release(tx, sha256, 'cache', owner));
  });
  const perSecond = (rounds / (performance.now() - started)) * 1000;
  running = false;
  await collections;
  report({
    name: 'put, reference, read, release during collections, 8 at once',
    value: perSecond,
    unit: 'rounds/s',
  });
  report({ name: '  of them kept, and read whole', value: outcome.kept, unit: 'files' });
  report({ name: '  told that the file is gone', value: outcome.late, unit: 'files' });
  report({ name: '  blobs removed meanwhile', value: removed, unit: 'files' });
}

/** Reads a blob and throws when its length is wrong. */
async function drain(
  files: Files,
  sha256: string,
  wanted: number,
  range?: { start: number; end: number },
  namespace: 'reference' | 'cache' = 'reference',
): Promise<void> {
  let read = 0;
  const { stream } = await files.open(sha256, namespace, range);
  const count = new Writable({
    write(chunk: Buffer, _encoding, done) {
      read += chunk.length;
      done();
    },
  });
  await pipeline(stream, count);
  if (read !== wanted) throw new Error(`${read} bytes came instead of ${wanted}`);
}

/** Bytes without repetition that the store could profit from: the first eight of each MiB count up. */
function* blocks(sizeBytes: number): Iterable<Buffer> {
  for (let at = 0; at < sizeBytes; at += MiB) {
    const next = Buffer.from(block);
    next.writeBigUInt64LE(BigInt(at));
    yield next;
  }
}

async function writeBare(folder: string, sizeBytes: number): Promise<void> {
  const file = path.join(folder, 'bare-file');
  const handle = await open(file, 'wx');
  for (const next of blocks(sizeBytes)) await handle.write(next);
  await handle.sync();
  await handle.close();
  await rm(file);
}

async function writeSmall(folder: string, bytes: Buffer): Promise<void> {
  const name = path.join(folder, randomBytes(8).toString('hex'));
  const handle = await open(`${name}.part`, 'wx');
  await handle.write(bytes);
  await handle.sync();
  await handle.close();
  await rename(`${name}.part`, name);
  const around = await open(folder, 'r');
  await around.sync();
  await around.close();
}

/** How often a second `work` is done, `width` at a time, for about `duration` seconds. */
async function measureRate(duration: number, width: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let done = 0;
  await atOnce(width, width, async () => {
    for (; performance.now() - started < duration * 1000; done++) await work();
  });
  return (done / (performance.now() - started)) * 1000;
}

async function atOnce(
  count: number,
  width: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const run = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, run));
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

function watchMemory(): { stop(): { beforeMb: number; mostMb: number } } {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  return {
    stop() {
      clearInterval(timer);
      return { beforeMb: before / 1e6, mostMb: most / 1e6 };
    },
  };
}

if (import.meta.main) {
  await bench((line) => console.log(formatLine(line)), { quick: process.argv.includes('--quick') });
  console.log(
    `largest resident size of the process: ${Math.round(process.resourceUsage().maxRSS / 1000)} MB`,
  );
}
