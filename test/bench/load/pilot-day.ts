import { say, settingsOf } from './child.ts';
import { ask } from './one-request.ts';
import { heartbeatOf, pilotCall, pilotFacts } from './pilot-call.ts';

/**
 * The pilots of a large installation at a steady pace: heartbeats of running jobs, and pilots that finish a job and
 * take the next one of the same queue. Every request has its moment, whether or not those before it are answered.
 */
export interface DaySettings {
  port: number;
  token: string;
  seconds: number;
  heartbeatsPerSecond: number;
  finishedPerSecond: number;
  /** Jobs `1` to this number finish one after the other; those up to `jobs` send heartbeats. */
  finishing: number;
  jobs: number;
  queues: number;
}

export const dayCalls = ['heartbeat', 'finished', 'getJob', 'starting', 'running'] as const;
export type DayCall = (typeof dayCalls)[number];

export interface DayResult {
  seconds: number;
  /** Milliseconds of each answer since the moment it was to be sent, and that moment in seconds since the start. */
  calls: Record<DayCall, { ms: number[]; at: number[] }>;
  failures: number;
  failure: string | null;
}

const settings = settingsOf<DaySettings>();
const { port, token, seconds, heartbeatsPerSecond, finishedPerSecond, finishing, jobs, queues } = settings;
const none = (): DayResult['calls'][DayCall] => ({ ms: [], at: [] });
const calls: DayResult['calls'] = {
  heartbeat: none(),
  finished: none(),
  getJob: none(),
  starting: none(),
  running: none(),
};
let failures = 0;
let failure: string | null = null;
let started = 0;

/** A job in an answer to getJob, and nothing to be done in one to updateJob. */
const given = /(?:^|&)PandaID=\d+&.*(?:^|&)StatusCode=0(?:&|$)|^StatusCode=0&PandaID=\d+&/s;
const taken = /^StatusCode=0&command=NULL$/;

async function send(
  call: DayCall,
  due: number,
  method: string,
  fields: Record<string, unknown>,
): Promise<string> {
  try {
    const { status, body } = await ask(port, pilotCall(method, token, fields));
    if (status !== 200 || !(call === 'getJob' ? given : taken).test(body)) {
      throw new Error(`${call} ${fields.jobId ?? ''}: ${status} ${body.slice(0, 300)}`);
    }
    return body;
  } catch (error) {
    failures += 1;
    failure ??= String(error);
    throw error;
  } finally {
    calls[call].ms.push(performance.now() - due);
    calls[call].at.push((due - started) / 1000);
  }
}

let beats = 0;

async function beat(due: number): Promise<void> {
  const n = ++beats;
  const jobId = finishing + 1 + ((n * 7919) % (jobs - finishing));
  await send('heartbeat', due, 'updateJob', heartbeatOf(jobId, n));
}

let ended = 0;

/** A job's last report, and the life of the next one up to `running`. */
async function finish(due: number): Promise<void> {
  const jobId = ++ended;
  const file = (lfn: string) => ({
    guid: 'AE456CCA-812C-4E59-BF50-EED4F8BF60D5',
    fsize: 40,
    adler32: 'f9660a9a',
    surl: `file://localhost/storage/${lfn}`,
  });
  const xml = JSON.stringify({
    [`out.${jobId}`]: file(`out.${jobId}`),
    [`log.${jobId}`]: file(`log.${jobId}`),
  });
  const report = { attemptNr: 1, metaData: '', ...pilotFacts };
  await send('finished', due, 'updateJob', {
    ...report,
    jobId,
    state: 'finished',
    xml,
    pilotTiming: '0|0|3|0|0|0',
    pilotErrorCode: 0,
    pilotErrorDiag: '',
    transExitCode: 0,
    exeErrorCode: 0,
    exeErrorDiag: '',
  });
  const queue = `BENCH_${jobId % queues}`;
  const next = {
    siteName: queue,
    computingElement: queue,
    prodSourceLabel: 'user',
    node: pilotFacts.node,
    mem: 24_103.92,
  };
  const answer = await send('getJob', performance.now(), 'getJob', { ...next, diskSpace: 100_000 });
  const nextId = Number(/PandaID=(\d+)/.exec(answer)?.[1]);
  for (const state of ['starting', 'running'] as const) {
    await send(state, performance.now(), 'updateJob', { ...report, jobId: nextId, state });
  }
}

/** Begins `work` so often in a second, at even distances. */
async function pace(perSecond: number, work: (due: number) => Promise<void>): Promise<void> {
  const open = new Set<Promise<void>>();
  for (let n = 0; n < perSecond * seconds; n++) {
    const due = started + (n / perSecond) * 1000;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const one = work(due).catch(() => {});
    open.add(one);
    void one.finally(() => open.delete(one));
  }
  await Promise.all(open);
}

await say('ready');
await new Promise((resolve) => process.once('message', resolve));
started = performance.now();
await Promise.all([pace(heartbeatsPerSecond, beat), pace(finishedPerSecond, finish)]);
await say({ seconds: (performance.now() - started) / 1000, calls, failures, failure } satisfies DayResult);
process.disconnect();
