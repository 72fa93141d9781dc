import { afterAll } from 'vitest';
import { type ScratchFolder, scratchFolder } from './scratch-folder.ts';

const made: ScratchFolder[] = [];

// Hooks run in reverse order. This one is registered when the file is imported, so it runs after those that stop what
// still writes into the folders.
afterAll(async () => {
  await Promise.all(made.splice(0).map(({ remove }) => remove()));
});

/**
 * A new folder, below `parent` or the system's place for temporary files. It is removed after the tests of the file,
 * whether they passed or not.
 */
export async function temporaryFolder(name?: string, parent?: string): Promise<string> {
  const scratch = await scratchFolder(name, parent);
  made.push(scratch);
  return scratch.folder;
}
