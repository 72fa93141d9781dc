import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bestReferences, Context, readMapping } from '../../../server/src/crds/rules/index.ts';

/**
 * One context in a fresh process: loads all of it from texts in memory, then looks all types up for every header.
 * `node --expose-gc lookups.ts FOLDER CONTEXT HEADERS WARMUP`; prints one line of JSON.
 */
const [, , folder = '', name = '', headersFile = '', warmUp = '0'] = process.argv;

export interface LookupFigures {
  loadMs: number;
  heapMb: number;
  /** Headers per CPU second after the first `warmUp` ones, and types per CPU second. */
  headersPerSecond: number;
  typesPerSecond: number;
  /** Headers per CPU second from the first one on. */
  coldHeadersPerSecond: number;
  /** Answers for the first headers, to compare. */
  answers: unknown[];
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const headers = JSON.parse(readFileSync(headersFile, 'utf8')) as Record<string, unknown>[];
const texts = new Map<string, string>();
for (const file of readdirSync(folder)) texts.set(file, readFileSync(path.join(folder, file), 'utf8'));

global.gc?.();
const heapBefore = process.memoryUsage().heapUsed;
const loading = cpuMs();
const context = await Context.open(name, {
  read: (file) => readMapping(texts.get(file) ?? '', { name: file }),
});
await context.loadAll();
const loadMs = cpuMs() - loading;
global.gc?.();
const heapMb = (process.memoryUsage().heapUsed - heapBefore) / 1e6;

let types = 0;
let typesBefore = 0;
const begun = cpuMs();
let warm = begun;
for (const [index, header] of headers.entries()) {
  if (index === Number(warmUp)) {
    warm = cpuMs();
    typesBefore = types;
  }
  for (const _ in bestReferences(context, header, null)) types++;
}
const ended = cpuMs();
const figures: LookupFigures = {
  loadMs,
  heapMb,
  headersPerSecond: ((headers.length - Number(warmUp)) / (ended - warm)) * 1000,
  typesPerSecond: ((types - typesBefore) / (ended - warm)) * 1000,
  coldHeadersPerSecond: (headers.length / (ended - begun)) * 1000,
  answers: headers.slice(0, 200).map((header) => bestReferences(context, header, null)),
};
console.log(JSON.stringify(figures));
