import { say, settingsOf } from './child.ts';
import { ask, requestOf } from './one-request.ts';
import { heartbeatOf, pilotCall } from './pilot-call.ts';

/** Heartbeats as fast as they are answered, each over a connection of its own. */
export interface FloodSettings {
  port: number;
  token: string;
  /** Jobs `1` to this number. */
  jobs: number;
  /** Number of the first report, so that the figures of two floods differ. */
  from: number;
  total: number;
  clients: number;
  /** Send the same bytes to this address of a server that takes any body, instead. */
  bare?: string;
}

export interface FloodResult {
  seconds: number;
  latencies: Float64Array;
  failures: number;
  failure: string | null;
}

const settings = settingsOf<FloodSettings>();
const { port, token, jobs, from, total, clients, bare } = settings;
/** A step without a common factor goes through all jobs, far apart. */
const step = 7919;
const requests = Array.from({ length: total }, (_, n) => {
  const jobId = (((from + n) * step) % jobs) + 1;
  const call = pilotCall('updateJob', token, heartbeatOf(jobId, from + n));
  return bare === undefined
    ? call
    : requestOf([`POST ${bare} HTTP/1.1`], call.subarray(call.indexOf('\r\n\r\n') + 4));
});
const latencies = new Float64Array(total);
let sent = 0;
let failures = 0;
let failure: string | null = null;

async function client(): Promise<void> {
  while (sent < total) {
    const n = sent++;
    const at = performance.now();
    let wrong: string | null = null;
    try {
      const { status, body } = await ask(port, requests[n] as Buffer);
      if (status !== 200 || (bare === undefined && body !== 'StatusCode=0&command=NULL')) {
        wrong = `${status} ${body.slice(0, 500)}`;
      }
    } catch (error) {
      wrong = String(error);
    }
    latencies[n] = performance.now() - at;
    if (wrong === null) continue;
    failures += 1;
    failure ??= wrong;
  }
}

await say('ready');
await new Promise((resolve) => process.once('message', resolve));
const started = performance.now();
await Promise.all(Array.from({ length: clients }, client));
const seconds = (performance.now() - started) / 1000;
await say({ seconds, latencies, failures, failure } satisfies FloodResult);
process.disconnect();
