import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { markBlacklisted } from '../catalogue/blacklist.store.ts';
import { closureQuery } from '../catalogue/closure.store.ts';
import { addHistory } from '../contexts/history.store.ts';
import { markStates } from '../contexts/states.store.ts';
import { lockObservatory } from '../observatory/lock-observatory.ts';
import { forgetObservatories } from '../observatory/observatory.ts';
import type { UpstreamInfo } from './upstream.ts';

const by = 'mirror';
const kinds = ['latest', 'edit', 'versions', 'build'] as const;
const columns = {
  latest: 'latestContext',
  edit: 'editContext',
  versions: 'versionsContext',
  build: 'buildContext',
} as const;

/** Why a context of the upstream server is not in force here yet. */
export type NotAdopted = string;

/**
 * Puts the upstream server's contexts in force, takes over its history and its marks of bad files, in one transaction.
 * A context whose mappings are not all here stays out of force, so that nobody is ever sent to a file that is missing.
 * The same again changes nothing.
 */
export async function adopt(core: Core, observatory: string, info: UpstreamInfo): Promise<NotAdopted[]> {
  const refused: NotAdopted[] = [];
  await core.db.transaction(async (tx) => {
    const inForce = await lockObservatory(tx, observatory);
    await followBadFiles(tx, observatory, info.badFiles);
    await addHistory(tx, observatory, info.history, by);
    for (const kind of kinds) {
      const context = info.contexts[kind];
      const former = inForce[columns[kind]];
      if (context === undefined || context === former) continue;
      const missing = await firstMissing(tx, observatory, context);
      if (missing === null) await putInForce(core, tx, { observatory, kind, context, former });
      else refused.push(`${context} cannot become ${kind}: ${missing} is not here`);
    }
  });
  forgetObservatories(core);
  core.events.committed();
  return refused;
}

interface Change {
  observatory: string;
  kind: (typeof kinds)[number];
  context: string;
  former: string | null;
}

async function putInForce(core: Core, tx: Tx, change: Change): Promise<void> {
  const { observatory, kind, context, former } = change;
  await tx`update crds.observatory set ${tx(columns[kind])} = ${context} where observatory = ${observatory}`;
  if (kind === 'latest') {
    // A server whose history does not tell of its latest context: it is latest from now on, for all that is known.
    await tx`
      insert into crds.context_history (observatory, context, description, changed_by)
      select ${observatory}, ${context}, 'as the upstream server says', ${by}
      where ${context} is distinct from (
        select h.context from crds.context_history h where h.observatory = ${observatory}
        order by h.started_at desc, h.context_history_id desc limit 1)`;
    await markStates(tx, observatory, context);
  }
  const told = { kind, context, former, isBackward: false, calibrationVersion: null };
  await core.events.publish(tx, 'crds.context', observatory, { ...told, by });
  await core.audit.record(tx, {
    actor: by,
    action: 'crds.context-set',
    object: { kind: 'crds.observatory', id: observatory },
    details: told,
  });
}

async function firstMissing(tx: Tx, observatory: string, context: string): Promise<string | null> {
  const [missing] = await tx<{ name: string }[]>`
    with recursive ${closureQuery(tx, observatory, context)}
    select r.name from reached r left join crds.file f on f.observatory = ${observatory} and f.name = r.name
    where r.name ~ '\\.[pir]map$' and (f.name is null or f.place <> 'kept')
    order by r.name limit 1`;
  return missing?.name ?? null;
}

const reason = 'in the list of bad files of the upstream server';

/**
 * Clients make no difference between files marked bad and mappings that use one (crds 13.2.7: `bad_files_list`), and
 * the list has both; here what follows from others is worked out, and what does not is marked.
 */
async function followBadFiles(tx: Tx, observatory: string, names: readonly string[]): Promise<void> {
  const bad = names as string[];
  const cleared = await tx`
    update crds.file set rejected = false, bad_reason = ''
    where observatory = ${observatory} and rejected and bad_reason = ${reason} and name <> all(${bad}::text[])`;
  if (cleared.count > 0) await markBlacklisted(tx, observatory);
  const marked = await tx`
    update crds.file set rejected = true, bad_reason = ${reason}
    where observatory = ${observatory} and name = any(${bad}::text[]) and not rejected and not blacklisted`;
  if (marked.count > 0) await markBlacklisted(tx, observatory);
}
