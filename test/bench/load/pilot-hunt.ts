import { say, settingsOf } from './child.ts';
import { ask } from './one-request.ts';
import { pilotCall, pilotFacts } from './pilot-call.ts';

/** Pilots that ask for a job as fast as they are answered, each request over a connection of its own. */
export interface HuntSettings {
  port: number;
  token: string;
  /** They ask for `BENCH_0` to below this. */
  queues: number;
  total: number;
  clients: number;
}

export interface HuntResult {
  seconds: number;
  latencies: Float64Array;
  /** Number of the job of each answer, in the order asked. */
  jobIds: Float64Array;
  /** Answers in each second. */
  perSecond: number[];
  failures: number;
  failure: string | null;
}

const { port, token, queues, total, clients } = settingsOf<HuntSettings>();

/** Worker nodes have different memory: several kinds of requests come for one queue. */
const kinds = 4;
const requests = Array.from({ length: queues * kinds }, (_, n) =>
  pilotCall('getJob', token, {
    siteName: `BENCH_${n % queues}`,
    computingElement: 'CE',
    prodSourceLabel: 'unified',
    diskSpace: 10_000,
    workingGroup: '',
    cpu: 2445.43,
    mem: 24_103.92 + Math.floor(n / queues),
    node: pilotFacts.node,
    allowOtherCountry: false,
  }),
);
const latencies = new Float64Array(total);
const jobIds = new Float64Array(total);
const perSecond: number[] = [];
let sent = 0;
let failures = 0;
let failure: string | null = null;
let started = 0;

async function client(): Promise<void> {
  while (sent < total) {
    const n = sent++;
    const at = performance.now();
    let said = '';
    try {
      const { status, body } = await ask(port, requests[(n * 7) % requests.length] as Buffer);
      said = `${status} ${body.slice(0, 500)}`;
      jobIds[n] = Number(/(?:^|&)PandaID=(\d+)/.exec(body)?.[1] ?? 0);
    } catch (error) {
      said = String(error);
    }
    const now = performance.now();
    latencies[n] = now - at;
    const second = Math.floor((now - started) / 1000);
    perSecond[second] = (perSecond[second] ?? 0) + 1;
    if (jobIds[n] !== 0) continue;
    failures += 1;
    failure ??= said;
  }
}

await say('ready');
await new Promise((resolve) => process.once('message', resolve));
started = performance.now();
await Promise.all(Array.from({ length: clients }, client));
await say({
  seconds: (performance.now() - started) / 1000,
  latencies,
  jobIds,
  perSecond: Array.from(perSecond, (n) => n ?? 0),
  failures,
  failure,
} satisfies HuntResult);
process.disconnect();
