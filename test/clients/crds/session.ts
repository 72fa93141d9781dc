import { spawn } from 'node:child_process';
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type RecordedStep, uncut } from '../../conformance/crds/transcript.ts';
import { whatDiffers } from './differences.ts';
import { ownSteps } from './own.ts';

export interface Session {
  python: string;
  release: string;
  address: string;
  /** For caches and the home of whoever calls. */
  folder: string;
}

/** What the client printed, and its exit code. */
export interface Printed {
  rc: number | null;
  stdout: string;
  stderr: string;
}

/** Deliveries by `crds submit` are no part of what is served yet. */
const delivering = new Set(['redcat_form', 'submit_batch', 'submit_logout']);
const recordedAddress = 'http://localhost:8001';
const stepTimeoutMs = 60_000;

/** Runs every recorded step with the installed release. Returns what was other than recorded, one line each. */
export async function runSession(
  session: Session,
  output: NodeJS.WritableStream,
  steps: readonly RecordedStep[],
): Promise<string[]> {
  await mkdir(session.folder, { recursive: true });
  const faults: string[] = [];
  const wanted = steps.filter(({ step }) => !delivering.has(step));
  const asked = wanted.filter(isQuestion);
  const together = await runTogether(session, asked);
  for (const step of wanted) {
    const fault = compare(step, together.get(step.step) ?? (await runAlone(session, step)));
    if (fault === null) output.write(`  ${session.release} ${step.step}\n`);
    else {
      faults.push(step.step);
      output.write(`  ${session.release} ${step.step} FAILED: ${fault}\n`);
    }
  }
  for (const own of ownSteps) {
    const cache = path.join(session.folder, own.cache ?? 'cache');
    await own.before?.(session, cache);
    const printed = await run(session, cache, ['-W', 'ignore', ...own.args], own.env?.(session) ?? {});
    if (own.isRight(printed)) output.write(`  ${session.release} ${own.step}\n`);
    else {
      faults.push(own.step);
      output.write(`  ${session.release} ${own.step} FAILED: ${JSON.stringify(printed).slice(0, 3000)}\n`);
    }
  }
  return faults;
}

/** Lines that call the library: one Python runs them all, since most of the time goes into starting it. */
function isQuestion({ argv, env }: RecordedStep): boolean {
  return argv.includes('-c') && Object.keys(env).length === 0;
}

const mark = '---- end of ';

async function runTogether(
  session: Session,
  steps: readonly RecordedStep[],
): Promise<ReadonlyMap<string, Printed>> {
  const ends = (step: string): string =>
    `for out in (sys.stdout, sys.stderr): print('${mark}${step}', file=out, flush=True)\n`;
  const lines = steps.map(({ step, argv }) => `${argv.at(-1)}\n${ends(step)}`).join('');
  const code = `import sys\n${prelude}${lines}`;
  const all = await run(session, cacheOf(session, ''), ['-W', 'ignore', '-c', code], {});
  const [stdout, stderr] = [all.stdout, all.stderr].map(parts);
  return new Map(
    steps.map(({ step }) => [
      step,
      {
        rc: stdout?.has(step) ? 0 : all.rc,
        stdout: stdout?.get(step) ?? '',
        stderr: stderr?.get(step) ?? all.stderr,
      },
    ]),
  );
}

/** What was printed, by step. */
function parts(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let from = 0;
  for (const { index, 0: line, 1: step = '' } of text.matchAll(new RegExp(`${mark}(\\S+)\n`, 'g'))) {
    found.set(step, text.slice(from, index));
    from = index + line.length;
  }
  return found;
}

async function runAlone(session: Session, step: RecordedStep): Promise<Printed> {
  const cache = cacheOf(session, step.step);
  if (step.step === 'sync_corrupt_repair') {
    await appendFile(path.join(cache, 'mappings/hst/hst_acs_atodtab_0250.rmap'), '0123456789');
  }
  return await run(session, cache, step.argv.slice(1), step.env);
}

/** The recording used a second cache for recommendations. */
function cacheOf({ folder }: Session, step: string): string {
  return path.join(folder, step.startsWith('bestrefs_') ? 'second-cache' : 'cache');
}

function serverUrl({ address }: Session): string {
  return `${address.replace('127.0.0.1', 'localhost')}/crds/hst`;
}

async function run(
  session: Session,
  cache: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Printed> {
  const child = spawn(session.python, args, {
    cwd: session.folder,
    env: {
      PATH: process.env.PATH,
      HOME: session.folder,
      CRDS_PATH: cache,
      CRDS_SERVER_URL: serverUrl(session),
      ...env,
    },
    timeout: stepTimeoutMs,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      texts[name] += chunk.toString();
    });
  }
  const rc = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const asRecorded = (text: string): string =>
    text.replaceAll(serverUrl(session), recordedAddress).replaceAll(cache, '$CRDS_PATH');
  return { rc, stdout: asRecorded(texts.stdout), stderr: asRecorded(texts.stderr) };
}

/** What the recorded lines of Python take for granted. */
const prelude = [
  'import json',
  'from crds.client import api',
  "O, C, OLD = 'hst', 'hst_0300.pmap', 'hst_0299.pmap'",
  "H = {'INSTRUME': 'ACS', 'DETECTOR': 'WFC', 'CCDAMP': 'ABCD', 'CCDGAIN': '2.0', 'DATE-OBS': '2012-02-20',",
  "     'TIME-OBS': '17:32:29.666665', 'FILTER1': 'CLEAR1L', 'FILTER2': 'F814W', 'OBSTYPE': 'IMAGING',",
  "     'APERTURE': 'WFC1'}",
  'P = lambda value: print(json.dumps(value, sort_keys=True))',
  '',
].join('\n');

function compare(step: RecordedStep, printed: Printed): string | null {
  if (printed.rc !== step.rc) return `ended with ${printed.rc}, recorded ${step.rc}`;
  const own = whatDiffers(step.step);
  if (own !== undefined) return own(printed, step);
  for (const name of ['stdout', 'stderr'] as const) {
    const { text, isCut } = uncut(step[name]);
    const [ours, theirs] = [steady(printed[name]), steady(text)];
    if (isCut ? !ours.startsWith(theirs) : ours !== theirs) return firstDifference(name, ours, theirs);
  }
  return null;
}

/** Lines that say when, how fast and by which Python are never the same, nor is the room for the name of a folder. */
function steady(text: string): string {
  return text
    .split('\n')
    .filter(
      (line) =>
        !/^(CRDS Version|Python |Last Synced|Cache Locking)|STARTED|STOPPED|ELAPSED|-per-second/.test(line),
    )
    .join('\n')
    .replace(/ {2,}(?=[\d.]+ )/g, ' ');
}

function firstDifference(name: string, ours: string, theirs: string): string {
  let at = 0;
  while (at < ours.length && ours[at] === theirs[at]) at++;
  const around = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 40), at + 200));
  return `${name} has ${around(ours)}, recorded ${around(theirs)}`;
}
