import { publishedCases } from './published.ts';

/** One run of the real client and what it sent; long texts are cut, which their end says. */
export interface RecordedStep {
  step: string;
  argv: string[];
  env: Record<string, string>;
  rc: number;
  http: RecordedExchange[];
  stdout: string;
  stderr: string;
}

export interface RecordedExchange {
  method: string;
  path: string;
  request_body: string;
  status: number;
  response_body: string;
}

export function recordedSteps(suite: string): RecordedStep[] | undefined {
  return publishedCases<RecordedStep>(suite, 'client-transcript.jsonl');
}

/** A text without the note of how much was cut off; whether there was one. */
export function uncut(text: string): { text: string; isCut: boolean } {
  const [, start] = /^(.*) …\(\d+ characters in all\)$/s.exec(text) ?? [];
  return start === undefined ? { text, isCut: false } : { text: start, isCut: true };
}

/** JSON as Python's `json.dumps` spaces it; names of objects below the first level sorted. */
export function pythonJson(value: unknown, isSorted = false): string {
  if (Array.isArray(value)) return `[${value.map((one) => pythonJson(one, true)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  if (isSorted) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}: ${pythonJson(one, true)}`).join(', ')}}`;
}
