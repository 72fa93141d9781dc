import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface ScratchFolder {
  folder: string;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

/**
 * A folder for programs that run outside of a test runner (chaos, bench, clients), which remove it themselves. Tests
 * take `temporaryFolder`.
 */
export async function scratchFolder(name = 'scratch', parent = tmpdir()): Promise<ScratchFolder> {
  const folder = await mkdtemp(path.join(parent, `orrery-${name}-`));
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) };
}
