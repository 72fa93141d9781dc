import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import type { Core } from '../../server/src/core/core.ts';
import { createDb, type Db, migrate, startEmbedded } from '../../server/src/core/db/index.ts';
import { silentLog } from '../../server/src/core/log.ts';
import { createQueue, defineTask, type Queue } from '../../server/src/core/queue/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/**
 * Stops (SIGSTOP) or kills (kill -9) a real process in the middle of a task, for `node test/chaos/queue-stall.ts
 * [seconds stopped, 60]`. Each task adds a row under its fence for each second of its run. Shown: another process
 * takes the task over, the woken one ends itself with status 70, and nothing is stored under a lost lease.
 */

const Payload = Type.Object({ seconds: Type.Integer() });
const slow = defineTask({
  name: 'chaos.slow',
  payload: Payload,
  async run({ payload, taskId, fence, core, hold }) {
    for (let second = 0; second < payload.seconds; second++) {
      await sleep(1000);
      await core.db.transaction(async (tx) => {
        await hold(tx);
        await tx`insert into effect (task_id, fence, second) values (${taskId}, ${fence}, ${second})`;
      });
    }
  },
});

interface Where {
  socketDir: string;
  password: string;
  database: string;
}

function open(where: Where, processId: string): { db: Db; queue: Queue } {
  const db = createDb({ ...where, poolSize: 4, prepare: true, name: processId });
  return { db, queue: createQueue({ db, log: silentLog, processId, tasks: [slow] }) };
}

async function runWorker(where: Where, processId: string): Promise<void> {
  const { db, queue } = open(where, processId);
  await queue.start({ db } as Core);
}

function startWorker(where: Where, processId: string): { child: ChildProcess; ended: Promise<string> } {
  const args = [fileURLToPath(import.meta.url), 'worker', JSON.stringify(where), processId];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const ended = new Promise<string>((resolve) =>
    child.on('exit', (status, signal) => resolve(String(signal ?? status))),
  );
  return { child, ended };
}

async function until<T>(look: () => Promise<T | undefined>, seconds: number, what: string): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(100);
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}

function expectEqual(what: string, seen: unknown, expected: unknown): void {
  if (JSON.stringify(seen) !== JSON.stringify(expected)) {
    throw new Error(`${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(expected)}`);
  }
  console.log(`  ${what}: ${JSON.stringify(seen)}`);
}

async function tryOne(where: Where, how: 'SIGSTOP' | 'SIGKILL', stoppedSeconds: number): Promise<void> {
  console.log(
    `${how} of the process that runs the task${how === 'SIGSTOP' ? `, SIGCONT after ${stoppedSeconds} s` : ''}`,
  );
  const { db, queue } = open(where, `chaos:${how}:looker`);
  const first = startWorker(where, `chaos:${how}:A`);
  // As long as the stop, so that the woken process meets a task that another is in the middle of.
  const seconds = how === 'SIGSTOP' ? stoppedSeconds : 8;
  const taskId = await db.transaction((tx) => queue.add(tx, slow, { seconds }));
  await until(
    async () => ((await queue.find(taskId))?.processId === `chaos:${how}:A` ? true : undefined),
    20,
    'A begins',
  );
  const second = startWorker(where, `chaos:${how}:B`);
  try {
    await sleep(3000);
    first.child.kill(how);
    const hit = Date.now();
    await until(
      async () => ((await queue.find(taskId))?.processId === `chaos:${how}:B` ? true : undefined),
      30,
      'B takes over',
    );
    console.log(`  B took the task over after ${((Date.now() - hit) / 1000).toFixed(1)} s`);
    if (how === 'SIGSTOP') {
      await sleep(Math.max(stoppedSeconds * 1000 - (Date.now() - hit), 0));
      first.child.kill('SIGCONT');
    }
    const woken = Date.now();
    expectEqual(
      'A ended with',
      await Promise.race([first.ended, sleep(5000, 'not at all')]),
      how === 'SIGSTOP' ? '70' : 'SIGKILL',
    );
    if (how === 'SIGSTOP') console.log(`  ${((Date.now() - woken) / 1000).toFixed(1)} s after it was woken`);
    await until(
      async () => ((await queue.find(taskId)) === null ? true : undefined),
      seconds + 30,
      'B finishes',
    );
    const runs = await queue.history({ taskId });
    expectEqual('attempts', runs.map((run) => [run.outcome, run.processId.slice(-1)]).reverse(), [
      ['lost', 'A'],
      ['done', 'B'],
    ]);
    const effects = await db.sql<{ fence: number; seconds: number[] }[]>`
      select fence, array_agg(second order by second) as seconds from effect where task_id = ${taskId} group by fence order by fence`;
    expectEqual('seconds done by B', effects.at(-1)?.seconds.length, seconds);
    const late = await db.sql`
      select from effect as mine join effect as other using (task_id) where mine.fence < other.fence and mine.written_at > other.written_at`;
    expectEqual('effects under an old fence after one under a new', late.count, 0);
  } finally {
    first.child.kill('SIGKILL');
    second.child.kill('SIGKILL');
    await queue.stop();
    await db.close();
  }
}

async function main(stoppedSeconds: number): Promise<void> {
  const { folder, remove } = await scratchFolder('chaos');
  const server = await startEmbedded(folder, silentLog);
  const where: Where = { socketDir: server.socketDir, password: server.password, database: 'orrery' };
  const db = createDb({ ...where, poolSize: 2, prepare: true, name: 'chaos' });
  try {
    await migrate(db.sql, [
      { module: 'core', folder: new URL('../../server/src/core/migrations/', import.meta.url) },
    ]);
    await db.sql`
      create table effect (task_id bigint, fence bigint, second int, written_at timestamptz default clock_timestamp())`;
    await tryOne(where, 'SIGKILL', 0);
    await tryOne(where, 'SIGSTOP', stoppedSeconds);
    console.log('each task was finished once, and nothing was stored under a lost lease');
  } finally {
    await db.close();
    await server.stop();
    await remove();
  }
}

const [mode, where, processId] = process.argv.slice(2);
if (mode === 'worker') await runWorker(JSON.parse(where as string) as Where, processId as string);
else await main(Number(mode ?? 60));
