import { excludedOf, stepsOf } from './parameters.ts';
import { readNumber, readSwitch, writeSwitch } from './split-rule.ts';

/** What the failed job had of its task's input. */
export interface JobInput {
  attempt: number;
  files: number;
  bytes: number;
}

export interface Reduction {
  /** With the new sizes; null = it stays as it is. */
  splitRule: string | null;
  /** For people. */
  effect: string;
}

const gigabyte = 1024 ** 3;

/**
 * Smaller jobs for a task: half of what its jobs had first, from some attempt on a quarter, and at last one file and one
 * gigabyte. What they had first is kept in the split rule, since every reduction counts from there (panda-server
 * 1.0.3, reduce_input_per_job).
 */
export function reduceInput(
  splitRule: string,
  job: JobInput,
  parameters: Readonly<Record<string, unknown>>,
): Reduction {
  const stays = (why: string): Reduction => ({ splitRule: null, effect: `input stays as it is: ${why}` });
  const [low, middle, high] = stepsOf(parameters);
  if (job.attempt < low) return stays(`only from attempt ${low} on`);
  // A switch that is there keeps the rule away, whatever its value.
  const excluded = excludedOf(parameters).find((name) => readSwitch(splitRule, name) !== null);
  if (excluded !== undefined) return stays(`the task sets ${excluded}`);
  const now = sizesOf(splitRule);
  const kept = sizesOf(readSwitch(splitRule, 'retryModuleRules') ?? '', true);
  const first = {
    gigabytes: kept.gigabytes ?? now.gigabytes ?? Math.max(1, Math.ceil(job.bytes / gigabyte)),
    files: kept.files ?? now.files ?? Math.max(1, job.files),
  };
  const part = (size: number) =>
    job.attempt >= high ? 1 : Math.max(1, Math.floor(size / (job.attempt < middle ? 2 : 4)));
  const next = { gigabytes: part(first.gigabytes), files: part(first.files) };
  const isKept = kept.gigabytes !== null && kept.files !== null;
  if (isKept && next.gigabytes === now.gigabytes && next.files === now.files)
    return stays('it is so small already');
  return {
    splitRule: written(splitRule, first, next),
    effect: `jobs of at most ${sizeText(next)} (first ${sizeText(first)})`,
  };
}

interface Sizes {
  gigabytes: number;
  files: number;
}

function sizesOf(splitRule: string, isInner = false): { gigabytes: number | null; files: number | null } {
  return {
    gigabytes: positive(readNumber(splitRule, 'nGBPerJob', isInner)),
    files: positive(readNumber(splitRule, 'nMaxFilesPerJob', isInner)),
  };
}

function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}

function written(splitRule: string, first: Sizes, next: Sizes): string {
  let kept = readSwitch(splitRule, 'retryModuleRules') ?? '';
  kept = writeSwitch(kept, 'nGBPerJob', first.gigabytes, true);
  kept = writeSwitch(kept, 'nMaxFilesPerJob', first.files, true);
  const withFirst = writeSwitch(splitRule, 'retryModuleRules', kept);
  return writeSwitch(writeSwitch(withFirst, 'nGBPerJob', next.gigabytes), 'nMaxFilesPerJob', next.files);
}

function sizeText({ gigabytes, files }: Sizes): string {
  return `${files} ${files === 1 ? 'file' : 'files'} and ${gigabytes} GB`;
}
