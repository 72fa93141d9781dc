import { gzipSync } from 'node:zlib';
import { requestOf } from './one-request.ts';

/** What the pilots of a measurement say of themselves in every report; jobs are seeded with the same. */
export const pilotFacts = {
  node: 'worker1.example.org',
  schedulerID: 'unknown',
  pilotID: 'unknown|PR|3.11.5.1',
  cpuConsumptionUnit: 's+Example CPU 2-Core Processor 1-Socket+AVX2',
} as const;

/** A call of a legacy method as pilot3 3.11.5.1 makes it: gzip JSON that does not say so, a token, the VO. */
export function pilotCall(method: string, token: string, fields: Readonly<Record<string, unknown>>): Buffer {
  return requestOf(
    [
      `POST /server/panda/${method} HTTP/1.1`,
      'Accept-Encoding: identity',
      `Authorization: Bearer ${token}`,
      'Origin: local.pilot',
      'User-Agent: pilot/3.11.5.1 (Python 3.11.2; Linux x86_64)',
      'Content-Type: application/json',
    ],
    gzipSync(JSON.stringify(fields), { level: 1 }),
  );
}

/** A heartbeat with the figures of a payload; `n` makes them differ from report to report. */
export function heartbeatOf(jobId: number, n: number): Record<string, unknown> {
  const figure = (times: number): number => 100_000 + ((n * times) % 900_000);
  return {
    jobId: String(jobId),
    state: 'running',
    timestamp: '2026-11-22T00:41:26+00:00',
    siteName: 'BENCH',
    attemptNr: 1,
    startTime: 1795308086.068831,
    xml: '',
    metaData: '',
    coreCount: 1,
    meanCoreCount: 0.98,
    cpuConsumptionTime: n % 100_000,
    cpuConversionFactor: 1,
    maxRSS: figure(3),
    maxVMEM: figure(7),
    maxSWAP: 0,
    maxPSS: figure(11),
    avgRSS: figure(13),
    avgVMEM: figure(17),
    avgSWAP: 0,
    avgPSS: figure(19),
    totRCHAR: figure(23) * 1024,
    totWCHAR: figure(29) * 1024,
    totRBYTES: figure(31) * 1024,
    totWBYTES: figure(37) * 1024,
    rateRCHAR: figure(41),
    rateWCHAR: figure(43),
    rateRBYTES: figure(47),
    rateWBYTES: figure(53),
    ...pilotFacts,
  };
}
