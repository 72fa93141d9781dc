import { readFile } from 'node:fs/promises';
import type { Core } from '../../core/core.ts';
import { installDefinition } from './definitions.ts';
import { readDefinition } from './read.ts';

const files = ['hello.yaml', 'fits-summary.yaml'];

/** The definitions every server has; a changed one becomes a new version at the next start. */
export async function seedDefinitions(core: Core): Promise<void> {
  for (const file of files) {
    const source = await readFile(new URL(`../builtin/${file}`, import.meta.url), 'utf8');
    await installDefinition(core.db, readDefinition(source), 'orrery', core.clock.now());
  }
}
