import type { Actor } from '../../core/auth/index.ts';
import type { Tx } from '../../core/db/index.ts';
import { messageOf } from '../../core/errors.ts';
import { markBlacklisted } from '../catalogue/blacklist.store.ts';
import { addHistory } from '../contexts/history.store.ts';
import { setContext } from '../contexts/set-context.ts';
import { lockObservatory } from '../observatory/lock-observatory.ts';
import { listObservatories, type Observatory } from '../observatory/observatory.ts';
import type { CacheConfig } from './cache-config.ts';
import { type ImportRun, noteProblem } from './import-run.ts';

/** What an import made of contexts. */
export interface ContextsSet {
  latest: string | null;
  edit: string | null;
  /** Rows of the history that were new. */
  history: number;
  /** Files newly marked bad. */
  badFiles: number;
}

type Kind = 'latest' | 'edit' | 'versions' | 'build';

const column = {
  latest: 'latestContext',
  edit: 'editContext',
  versions: 'versionsContext',
  build: 'buildContext',
} as const satisfies Record<Kind, keyof Observatory>;

/**
 * Takes over what the cache knew of its server: history, bad files, and which contexts are in force where nobody has
 * said so here. `latest` is the operator's word and counts in any case.
 */
export async function applyConfig(
  run: ImportRun,
  config: CacheConfig,
  latest: string | undefined,
  actor: Actor,
): Promise<ContextsSet> {
  const done: ContextsSet = { latest: null, edit: null, history: 0, badFiles: 0 };
  if (run.dryRun) return done;
  const { core, observatory } = run;
  await core.db.transaction(async (tx) => {
    await lockObservatory(tx, observatory);
    done.history = await addHistory(tx, observatory, config.history, actor.name);
  });
  const [before] = (await listObservatories(core.db.sql)).filter((one) => one.observatory === observatory);
  for (const kind of ['latest', 'edit', 'versions', 'build'] as const) {
    const context = kind === 'latest' ? (latest ?? config.contexts.latest) : config.contexts[kind];
    const isAsked = kind === 'latest' && latest !== undefined;
    const inForce = before?.[column[kind]] ?? null;
    if (context === undefined || inForce === context || (inForce !== null && !isAsked)) continue;
    if ((await setOne(run, kind, context, actor, isAsked)) && (kind === 'latest' || kind === 'edit')) {
      done[kind] = context;
    }
  }
  // Last: a context with bad files would be refused, and the cache's latest may have some.
  await core.db.transaction(async (tx) => {
    await lockObservatory(tx, observatory);
    done.badFiles = await markBad(tx, observatory, config.badFiles);
  });
  return done;
}

/** What the operator asked for and cannot be is refused; what the cache only remembered is a warning. */
async function setOne(
  run: ImportRun,
  kind: Kind,
  context: string,
  actor: Actor,
  isAsked: boolean,
): Promise<boolean> {
  const { core, observatory, folder } = run;
  try {
    await setContext(core, { observatory, kind, context, description: `import of ${folder}` }, actor);
    return true;
  } catch (error) {
    const message = `cannot become ${kind}: ${messageOf(error)}`;
    noteProblem(run, { severity: isAsked ? 'refused' : 'warning', path: context, message });
    return false;
  }
}

/** The list of a cache does not say why; which mappings are bad through others follows from the marked ones. */
async function markBad(tx: Tx, observatory: string, names: readonly string[]): Promise<number> {
  if (names.length === 0) return 0;
  const { count } = await tx`
    update crds.file set rejected = true, bad_reason = 'in the list of bad files of an imported cache'
    where observatory = ${observatory} and name = any(${names as string[]}::text[])
      and not rejected and not blacklisted`;
  if (count > 0) await markBlacklisted(tx, observatory);
  return count;
}
