import { setTimeout as sleep } from 'node:timers/promises';
import { createEvents } from '../../../server/src/core/events/index.ts';
import { unguessableId } from '../../../server/src/core/ids.ts';
import { silentLog } from '../../../server/src/core/log.ts';
import { changePhase } from '../../../server/src/uws/jobs/jobs.store.ts';
import { anInstallation } from '../installation.ts';
import { type BenchOptions, percentile, type Report } from '../report.ts';
import {
  aWaitingCrowd,
  changeSome,
  memoryOf,
  untilAnswered,
  untilWaiting,
  wakeAll,
} from '../waiting-crowd.ts';
import { insertPending } from './jobs.ts';
import { headOf } from './requests.ts';

/**
 * Ten thousand `WAIT`s on as many jobs, spread over two server processes: memory of each above the idle processes,
 * and the time from the commit of a change of phase to the last byte of the job's document; then a thousand on one.
 */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const total = quick ? 1000 : 10_000;
  const many = quick ? 200 : 1000;
  const place = await anInstallation('orrery');
  try {
    const servers = [];
    const allow = ['--set', 'events.waitsPerCaller=20000', '--set', 'uws.waitSeconds=3600'];
    for (let n = 0; n < 2; n++) servers.push(await place.start('--with', 'uws', '--port', '0', ...allow));
    const ports = servers.map((server) => Number(new URL(server.address).port));
    const pids = servers.map((server) => server.child.pid as number);
    const token = await place.userToken('bench');
    const db = await place.connect(4);
    const ids = Array.from({ length: total + 201 }, () => unguessableId());
    await insertPending(db, 'bench', ids);
    const waits = aWaitingCrowd<string>({
      request: (id) => headOf(`GET /rest/hello/${id}?WAIT=3600&PHASE=PENDING`, token, 'Host: 127.0.0.1'),
      end: /<\/uws:job>\n$/,
      isChanged: (answer) => answer.includes('<uws:phase>ABORTED</uws:phase>'),
    });
    const events = createEvents(db, silentLog, { perProcess: 1, perCaller: 1 });
    const finish = async (some: readonly string[]): Promise<number> => {
      const change = { to: 'ABORTED', who: 'client', why: 'Aborted by bench.', at: new Date() } as const;
      await db.transaction(async (tx) => {
        for (const id of some) await changePhase(tx, id, change);
        db.afterCommit(tx, events.committed);
      });
      return performance.now();
    };
    try {
      const warm = ids.slice(total, total + 200); // code, pools, buffers
      await waits.open(ports, warm);
      await finish(warm);
      await untilAnswered(waits, warm, 1);
      await sleep(5000);
      const before = await memoryOf(pids);
      const waited = ids.slice(0, total);
      await waits.open(ports, waited);
      await untilWaiting(db, total);
      await sleep(5000);
      report({
        name: `memory of each of ${total.toLocaleString('en')} waits, above the idle processes`,
        value: ((await memoryOf(pids)) - before) / total / 1024,
        unit: 'KB',
        limit: '≤ 20',
      });
      const delays = await changeSome(waits, waited, finish, { perSecond: 100, seconds: quick ? 5 : 20 });
      report({ name: 'commit to last byte, 100 changes/s, p50', value: percentile(delays, 0.5), unit: 'ms' });
      report({ name: '  p99', value: percentile(delays, 0.99), unit: 'ms', limit: '< 100' });
      report({ name: '  longest', value: Math.max(...delays), unit: 'ms' });
      report({
        name: `${many.toLocaleString('en')} waits on one job, all answered after`,
        value: await wakeAll(waits, ports, ids[total + 200] as string, many, finish),
        unit: 'ms',
        limit: '< 500',
      });
      if (waits.failures.length > 0)
        throw new Error(`${waits.failures.length} wrong answers: ${waits.failures[0]}`);
    } finally {
      waits.close();
    }
  } finally {
    await place.remove();
  }
}
