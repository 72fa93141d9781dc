import { processorSeconds } from '../installation.ts';
import { startChild } from '../load/child.ts';
import type { RequestsResult, RequestsSettings } from '../load/request-clients.ts';
import { percentile, type Report } from '../report.ts';

/** Connections that stay open, each with one request at a time. */
export const connections = 64;

/** Sends the requests from a process of its own. Throws when an answer has another status than the expected one. */
export async function runRequests(
  settings: Omit<RequestsSettings, 'connections'> & { connections?: number },
): Promise<RequestsResult> {
  const child = startChild<RequestsResult>('request-clients.ts', { connections, ...settings });
  try {
    const result = await child.next();
    if (result.failure !== null)
      throw new Error(`${result.failures} answers without status ${settings.status}: ${result.failure}`);
    return result;
  } finally {
    child.end();
  }
}

export const perSecond = ({ latencies, seconds }: RequestsResult): number => latencies.length / seconds;

/** The same, with the processor time that the server process used for them. */
export async function runOn(
  pid: number,
  settings: Parameters<typeof runRequests>[0],
): Promise<RequestsResult & { microseconds: number }> {
  const before = await processorSeconds(pid);
  const result = await runRequests(settings);
  const used = (await processorSeconds(pid)) - before;
  return { ...result, microseconds: (used / settings.total) * 1e6 };
}

export function reportRequests(
  report: Report,
  name: string,
  result: RequestsResult & { microseconds?: number },
  limit?: string,
): void {
  report({ name, value: perSecond(result), unit: '/s', ...(limit === undefined ? {} : { limit }) });
  report({ name: `  p50 of ${connections} clients`, value: percentile(result.latencies, 0.5), unit: 'ms' });
  report({ name: '  p99', value: percentile(result.latencies, 0.99), unit: 'ms' });
  if (result.microseconds === undefined) return;
  report({ name: '  processor time of the server process, each', value: result.microseconds, unit: 'µs' });
}

/** Request line and token. */
export function headOf(line: string, token: string, ...more: string[]): string {
  return [`${line} HTTP/1.1`, `Authorization: Bearer ${token}`, ...more].join('\r\n');
}
