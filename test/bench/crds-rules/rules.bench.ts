import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { PublishedMappings } from '../../conformance/crds/mappings.ts';
import { publishedCases } from '../../conformance/crds/published.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import type { BenchOptions, Report } from '../report.ts';
import type { LookupFigures } from './lookups.ts';

const run = promisify(execFile);
const suite = 'bench crds-rules';

interface Candidate {
  observatory: string;
  context: string;
  /** `loadTimes`: how many times faster than the library; only of a context that takes it long. */
  goals: { load: string; headers: string; heap: string; loadTimes?: string };
}

const candidates: readonly Candidate[] = [
  {
    observatory: 'hst',
    context: 'hst_0349.pmap',
    goals: { load: '≤ 135', headers: '≥ 16,000', heap: '≤ 72', loadTimes: '≥ 4' },
  },
  {
    observatory: 'jwst',
    context: 'jwst_0061.pmap',
    goals: { load: '≤ 50', headers: '≥ 35,000', heap: '≤ 72' },
  },
];

/**
 * Loading a whole context and best references of all types, each in a fresh process, in CPU time. Headers are the
 * published ones with dates of their own, so that none comes twice; no answer is cached. With ORRERY_CRDS_PYTHON (a
 * Python that can import crds) the library does the same beside it, and the answers are compared.
 */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const mappings = new PublishedMappings(suite);
  const cases = publishedCases<HeaderCase>(suite, 'bestrefs-real.jsonl.gz');
  if (mappings.areMissing || cases === undefined) return;
  const { folder: place, remove } = await scratchFolder('bench');
  try {
    for (const candidate of candidates) await measure(report, place, candidate, mappings, cases, quick);
  } finally {
    await remove();
  }
}

interface HeaderCase {
  context: string;
  header: Record<string, unknown>;
  reftypes: string[] | null;
  expected: Record<string, unknown>;
}

async function measure(
  report: Report,
  place: string,
  { observatory, context, goals }: Candidate,
  mappings: PublishedMappings,
  cases: readonly HeaderCase[],
  quick: boolean,
): Promise<void> {
  const folder = path.join(place, 'mappings', observatory);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of mappings.texts) {
    if (name.startsWith(observatory)) await writeFile(path.join(folder, name), text);
  }
  const headers = distinctHeaders(cases, context, quick ? 4 : 40);
  const headersFile = path.join(place, `${observatory}.json`);
  await writeFile(headersFile, JSON.stringify(headers));
  const program = fileURLToPath(new URL('./lookups.ts', import.meta.url));
  const warmUp = String(Math.floor(headers.length / 4));
  const output = await run(process.execPath, ['--expose-gc', program, folder, context, headersFile, warmUp], {
    maxBuffer: 1e9,
  });
  const ours = JSON.parse(output.stdout) as LookupFigures;
  const say = (what: string, value: number, unit: string, limit?: string): void =>
    report({ name: `${context}: ${what}`, value, unit, ...(limit !== undefined && { limit }) });
  say('load, CPU', ours.loadMs, 'ms', goals.load);
  say('memory of the compiled rules', ours.heapMb, 'MB', goals.heap);
  say(`distinct headers, all types (${headers.length})`, ours.headersPerSecond, '/CPU s', goals.headers);
  say('the same from the first header on', ours.coldHeadersPerSecond, '/CPU s');
  say('types', ours.typesPerSecond, '/CPU s');
  await compareWithLibrary(say, place, { observatory, context, goals }, headersFile, ours);
}

async function compareWithLibrary(
  say: (what: string, value: number, unit: string, limit?: string) => void,
  place: string,
  { observatory, context, goals }: Candidate,
  headersFile: string,
  ours: LookupFigures,
): Promise<void> {
  const python = process.env.ORRERY_CRDS_PYTHON;
  if (python === undefined) {
    console.log('  the crds library is not measured beside: ORRERY_CRDS_PYTHON names no Python that has it');
    return;
  }
  const program = fileURLToPath(new URL('./lookups.py', import.meta.url));
  const env = {
    ...process.env,
    CRDS_PATH: place,
    CRDS_OBSERVATORY: observatory,
    CRDS_SERVER_URL: 'https://serverless.invalid',
    CRDS_MODE: 'local',
  };
  const output = await run(python, [program, context, headersFile, '1000'], { env, maxBuffer: 1e9 }).catch(
    (error: Error & { stderr?: string }) => error.stderr?.trim().split('\n').at(-1) ?? error.message,
  );
  if (typeof output === 'string') {
    console.log(`  the crds library cannot do this: ${output}`);
    return;
  }
  const line = output.stdout.trim().split('\n').at(-1) ?? '';
  const theirs = JSON.parse(line) as Pick<
    LookupFigures,
    'loadMs' | 'headersPerSecond' | 'typesPerSecond' | 'answers'
  >;
  if (!isDeepStrictEqual(theirs.answers, ours.answers))
    throw new Error(`${context}: answers differ from the library's`);
  say('load, CPU, crds library', theirs.loadMs, 'ms');
  say('headers, crds library', theirs.headersPerSecond, '/CPU s');
  say('load, times faster than the library', theirs.loadMs / ours.loadMs, '×', goals.loadTimes);
  say('headers, times as many as the library', ours.headersPerSecond / theirs.headersPerSecond, '×', '≥ 20');
}

/** The headers of a context again and again, each time at dates of their own. */
function distinctHeaders(
  cases: readonly HeaderCase[],
  context: string,
  rounds: number,
): Record<string, unknown>[] {
  const chosen = cases.filter(
    (item) => item.context === context && item.reftypes === null && !('error' in item.expected),
  );
  let seed = 1;
  const below = (limit: number): string => {
    seed = (seed * 48_271) % 2_147_483_647;
    return String(seed % limit).padStart(2, '0');
  };
  const next = (): [RegExp, string][] => [
    [/DATE-OBS$|OBSERVATION\.DATE$/i, `20${below(15)}-0${1 + Number(below(9))}-1${below(9).slice(1)}`],
    [/TIME-OBS$|OBSERVATION\.TIME$/i, `${below(24)}:${below(60)}:${below(60)}`],
  ];
  return Array.from({ length: rounds }, () =>
    chosen.map(({ header }) => {
      const instants = next();
      const changed = Object.entries(header).map(([name, value]) => {
        const instant = instants.find(([form]) => form.test(name));
        return [name, instant?.[1] ?? value] as const;
      });
      return Object.fromEntries(changed);
    }),
  ).flat();
}
