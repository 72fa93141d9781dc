import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** One request of the recorded pilot and what it was answered. */
export interface Exchange {
  scenario: string;
  seq: number;
  method: string;
  path: string;
  headers: Record<string, string>;
  gzip_body: boolean;
  params: Record<string, unknown>;
  status: number;
  response: unknown;
}

const file = new URL('./fixtures/pilot-transcript.jsonl', import.meta.url);

/** The recorded conversations by scenario, in their order. */
export function readTranscript(): Map<string, Exchange[]> {
  const scenarios = new Map<string, Exchange[]>();
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const exchange = JSON.parse(line) as Exchange;
    const known = scenarios.get(exchange.scenario) ?? [];
    scenarios.set(exchange.scenario, [...known, exchange]);
  }
  return scenarios;
}

/** The body as it went over the wire: gzip JSON without saying so, or a form. */
export function bodyOf({ gzip_body: isGzip, headers }: Exchange, params: Record<string, unknown>): Buffer {
  if (headers['Content-Type'] === 'application/x-www-form-urlencoded') {
    return Buffer.from(new URLSearchParams(params as Record<string, string>).toString());
  }
  const json = Buffer.from(JSON.stringify(params));
  return isGzip ? gzipSync(json) : json;
}

/** An answer as pilot3 reads it: JSON between braces, otherwise a query string. */
export function readAnswer(text: string): unknown {
  if (text.startsWith('{') && text.endsWith('}')) return JSON.parse(text);
  return Object.fromEntries(new URLSearchParams(text));
}

/** What a JSON answer becomes on its way through `name=value&…`: every value is text, spelled as Python does. */
export function asTexts(answer: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(answer).map(([name, value]) => {
      if (value === null) return [name, 'None'];
      if (typeof value === 'boolean') return [name, value ? 'True' : 'False'];
      return [name, String(value)];
    }),
  );
}
