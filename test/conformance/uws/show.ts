import { describe, test } from 'vitest';
import { leaveOut } from '../../support/published-data.ts';
import type { Group } from './clause.ts';
import type { World } from './world.ts';

/** Makes a test of each clause, all of them on one server. */
export function show(world: World, groups: readonly Group[]): void {
  for (const { title, clauses } of groups) {
    describe(title, () => {
      for (const { id, sentence, run, leftOut } of clauses) {
        if (leftOut !== undefined) leaveOut(`${id} ${sentence}`, leftOut);
        test.skipIf(leftOut !== undefined)(`${id} ${sentence}`, () => run(world));
      }
    });
  }
}
