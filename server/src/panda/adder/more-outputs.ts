import { compileLinear, type LinearRegex } from '../../core/regex/index.ts';
import type { JobFile } from '../jobs/file.ts';

/**
 * Files that a job may make any number of: names that nobody knows but that are an output's with `_<n>` behind it, or
 * that fit an output called `regex|<pattern>` (panda-server 1.0.3). By the output they belong to, in the order reported.
 */
export function findMoreOutputs(
  outputs: readonly JobFile[],
  reported: Iterable<string>,
  known: ReadonlySet<string>,
): Map<JobFile, string[]> {
  const shapes = outputs.map((output) => ({ output, takes: shapeOf(output.lfn) }));
  const found = new Map<JobFile, string[]>();
  for (const lfn of reported) {
    if (known.has(lfn)) continue;
    const shape = shapes.find(({ takes }) => takes(lfn));
    if (shape !== undefined) found.set(shape.output, [...(found.get(shape.output) ?? []), lfn]);
  }
  return found;
}

function shapeOf(lfn: string): (name: string) => boolean {
  if (lfn.startsWith('regex|')) {
    const pattern = patternOf(lfn.slice('regex|'.length));
    return (name) => pattern?.test(name) === true;
  }
  return (name) => name.startsWith(lfn) && /^\.*_\d+$/.test(name.slice(lfn.length));
}

function patternOf(source: string): LinearRegex | null {
  try {
    return compileLinear(source);
  } catch {
    // Written by the user; a pattern that is none fits nothing.
    return null;
  }
}
