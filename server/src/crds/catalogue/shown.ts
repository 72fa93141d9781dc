import type { CatalogueFile, FileState } from './file.ts';

/** States of files that clients are given: those of a submission are nobody's business until somebody confirmed it. */
export const shownStates: readonly FileState[] = [
  'submitted',
  'delivered',
  'archiving',
  'archiving-failed',
  'archived',
  'operational',
];

export function isShown({ state }: Pick<CatalogueFile, 'state'>): boolean {
  return shownStates.includes(state);
}
