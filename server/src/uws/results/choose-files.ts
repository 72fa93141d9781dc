import type { Definition } from '../definitions/definition.ts';
import type { Job } from '../jobs/job.ts';
import { resultFile } from '../run/parameters-sh.ts';
import { mediaTypeOf } from './media-types.ts';
import { globTest, isGlob } from './patterns.ts';

/** More files than this in one job are a mistake of its script. */
export const maxResults = 1000;

interface FoundFile {
  name: string;
  path: string;
  mediaType: string;
}

/**
 * Which files are results, under which names: the name of the definition, or for a glob that of the file, as
 * clients of OPUS expect. A file is one result only.
 */
export function chooseFiles(
  files: ReadonlyArray<{ path: string }>,
  job: Pick<Job, 'parameters'>,
  definition: Definition,
): FoundFile[] {
  const chosen = new Map<string, FoundFile>();
  const taken = new Set<string>();
  const paths = files.map((file) => file.path).sort();
  for (const pattern of definition.results ?? []) {
    const file = resultFile(pattern, job);
    const matches = isGlob(file) ? paths.filter(globTest(file)) : paths.filter((path) => path === file);
    for (const path of matches) {
      if (taken.has(path) || path.split('/').some((part) => part.startsWith('.'))) continue;
      // One more than are kept, so that the job can say so.
      if (chosen.size > maxResults) return [...chosen.values()];
      const name = isGlob(file) ? freeName(path.split('/').join('-'), chosen) : pattern.name;
      taken.add(path);
      chosen.set(name, { name, path, mediaType: pattern.mediaType ?? mediaTypeOf(path) });
    }
  }
  return [...chosen.values()];
}

function freeName(wanted: string, chosen: ReadonlyMap<string, unknown>): string {
  const reserved = (name: string) => chosen.has(name) || name === 'stdout' || name === 'stderr';
  let name = wanted;
  for (let count = 2; reserved(name); count++) name = `${wanted}-${count}`;
  return name;
}
