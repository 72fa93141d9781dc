import { readdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Bench, describeMachine, formatLine, isMet, type Line } from './report.ts';

/**
 * `npm run bench -- core [--only claims,queue] [--quick] [--json FILE] [--enforce]`: every `*.bench.ts` of the suite
 * (`core`: this folder, others: the folder of that name) one after the other, each figure beside its goal. Without --enforce a figure that is short does not fail the run.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    enforce: { type: 'boolean', default: false },
  },
});

interface Result {
  bench: string;
  seconds: number;
  lines: Line[];
  error?: string;
}

async function findBenches(suite: string): Promise<Map<string, URL>> {
  const found = new Map<string, URL>();
  const folder = new URL(suite === 'core' ? './' : `./${suite}/`, import.meta.url);
  for (const file of (await readdir(folder)).sort()) {
    const name = /^(.+)\.bench\.ts$/.exec(file)?.[1];
    if (name !== undefined) found.set(name, new URL(file, folder));
  }
  return found;
}

async function runOne(name: string, file: URL): Promise<Result> {
  console.log(`\n${name}`);
  const lines: Line[] = [];
  const started = performance.now();
  const seconds = (): number => Math.round((performance.now() - started) / 100) / 10;
  try {
    const { bench } = (await import(file.href)) as { bench: Bench };
    await bench(
      (line) => {
        lines.push(line);
        console.log(formatLine(line));
      },
      { quick: values.quick },
    );
    return { bench: name, seconds: seconds(), lines };
  } catch (error) {
    console.log(`  FAILED: ${error instanceof Error ? error.stack : String(error)}`);
    return { bench: name, seconds: seconds(), lines, error: String(error) };
  }
}

const suite = positionals[0] ?? 'core';
const benches = await findBenches(suite);
const chosen = values.only?.split(',') ?? [...benches.keys()];
const machine = describeMachine();
console.log(Object.entries(machine).flat().join(' '));
const results: Result[] = [];
for (const name of chosen) {
  const file = benches.get(name);
  if (file === undefined) throw new Error(`no bench "${name}": ${[...benches.keys()].join(', ')}`);
  results.push(await runOne(name, file));
}
const short = results.flatMap(({ lines }) => lines.filter((line) => isMet(line) === false));
console.log(`\n${short.length === 0 ? 'every goal is met' : `short of the goal: ${short.length}`}`);
if (values.json !== undefined) {
  const { quick } = values;
  await writeFile(
    values.json,
    `${JSON.stringify({ suite, at: new Date().toISOString(), quick, machine, results }, null, 2)}\n`,
  );
}
// What was done wrong (lost, doubled, broken) fails the run always; what was only slow when asked to.
const isWrong = results.some((result) => result.error !== undefined);
process.exit(isWrong || (values.enforce && short.length > 0) ? 1 : 0);
