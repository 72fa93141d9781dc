import { addresses } from './addresses.clauses.ts';
import type { Group } from './clause.ts';
import { creation } from './creation.clauses.ts';
import { documents } from './documents.clauses.ts';
import { endings } from './endings.clauses.ts';
import { execution } from './execution.clauses.ts';
import { negotiation, sync, vosi } from './front.clauses.ts';
import { instants } from './instants.clauses.ts';
import { list } from './list.clauses.ts';
import { owners } from './owners.clauses.ts';
import { phases } from './phases.clauses.ts';
import { resourceTree } from './resources.clauses.ts';
import { waits } from './wait.clauses.ts';

/** Forms of resources, phases and documents: no job of these is run. */
export const protocol: readonly Group[] = [resourceTree, addresses, phases, documents, instants];

/** What takes time, a second server or a running job. */
export const work: readonly Group[] = [
  waits,
  list,
  creation,
  execution,
  endings,
  sync,
  negotiation,
  vosi,
  owners,
];

/** Every clause there is; tools/uws-conformance.ts makes the page of them. */
export const groups: readonly Group[] = [...protocol, ...work];
