import { addresses } from './addresses.clauses.ts';
import { documents } from './documents.clauses.ts';
import { instants } from './instants.clauses.ts';
import { phases } from './phases.clauses.ts';
import { resourceTree } from './resources.clauses.ts';
import { show } from './show.ts';
import { aWorld } from './world.ts';

show(await aWorld(), [resourceTree, addresses, phases, documents, instants]);
