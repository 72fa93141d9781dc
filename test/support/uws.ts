import type { Db } from '../../server/src/core/db/index.ts';
import { unguessableId } from '../../server/src/core/ids.ts';
import type { Definition } from '../../server/src/uws/definitions/definition.ts';
import { listNewest, type StoredDefinition } from '../../server/src/uws/definitions/definitions.store.ts';
import { installDefinition } from '../../server/src/uws/definitions/definitions.ts';
import type { NewJob } from '../../server/src/uws/jobs/jobs.store.ts';

/** A definition with sensible defaults. */
export function aDefinition(more: Partial<Definition> = {}): Definition {
  return { name: 'probe', script: 'true', parameters: [], results: [], ...more };
}

/** The same, in the database. */
export async function aStoredDefinition(db: Db, more: Partial<Definition> = {}): Promise<StoredDefinition> {
  const definition = aDefinition(more);
  await installDefinition(db, definition, 'tester', new Date());
  const [stored] = await listNewest(db.sql, definition.name);
  if (stored === undefined) throw new Error(`${definition.name} was not stored`);
  return stored;
}

/** A PENDING job of alice, ready for `insertJobs`. */
export function aJob(
  definition: Pick<StoredDefinition, 'definitionId' | 'name'>,
  more: Partial<NewJob> = {},
): NewJob {
  return {
    jobId: unguessableId(),
    definitionId: definition.definitionId,
    definition: definition.name,
    runId: null,
    ownerId: 'alice',
    createdAt: new Date(),
    executionDuration: 60,
    destructionAt: null,
    parameters: [],
    why: 'Created by alice.',
    ...more,
  };
}
