import type { Audit } from '../../core/audit/index.ts';
import type { Actor } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import type { Db, Sql } from '../../core/db/index.ts';
import type { Events } from '../../core/events/index.ts';
import { observatoryUnknown } from '../errors.ts';
import { perCore } from '../per-core.ts';
import {
  type ObservatorySettings,
  observatoryInvalid,
  readObservatorySettings,
  settingsFrom,
} from './observatory-settings.ts';

/** What operating an observatory takes: a core has it, and so has the command line without a server. */
export interface OperateContext {
  readonly db: Db;
  readonly audit: Audit;
  readonly events?: Events;
}

/** An observatory as it stands: which contexts are in force, and what the operator has set. */
export interface Observatory {
  observatory: string;
  title: string;
  /** Names of pmaps; null until one is set. The old name of latest is "operational". */
  latestContext: string | null;
  editContext: string | null;
  versionsContext: string | null;
  buildContext: string | null;
  settings: ObservatorySettings;
  /** Grows with each change of files, contexts or settings. */
  version: number;
  changedAt: Date;
  createdAt: Date;
}

/** How long a process may go on with what it knows. */
const freshMs = 1000;

interface Known {
  readAtMs: number;
  reading: Promise<ReadonlyMap<string, Observatory>>;
}
const knownOf = perCore(() => ({ now: undefined as Known | undefined }));

/** The observatory as it stands, at most a second old. Throws `crds.observatory-unknown`. */
export async function observatoryOf(core: Core, name: string): Promise<Observatory> {
  const observatory = (await current(core)).get(name);
  if (observatory === undefined) throw observatoryUnknown(name);
  return observatory;
}

/** All observatories by name, at most a second old. */
export async function observatoriesOf(core: Core): Promise<readonly Observatory[]> {
  return [...(await current(core)).values()];
}

/** The next question of this process reads the database: after a change of one's own. */
export function forgetObservatories(core: OperateContext): void {
  if (isCore(core)) knownOf(core).now = undefined;
}

function isCore(context: OperateContext): context is Core {
  return 'processId' in context;
}

function current(core: Core): Promise<ReadonlyMap<string, Observatory>> {
  const state = knownOf(core);
  const nowMs = performance.now();
  if (state.now !== undefined && nowMs - state.now.readAtMs < freshMs) return state.now.reading;
  const reading = listObservatories(core.db.sql).then(
    (all) => new Map(all.map((one) => [one.observatory, one])),
  );
  const now = { readAtMs: nowMs, reading };
  state.now = now;
  reading.catch(() => {
    // A failed reading is not remembered.
    if (state.now === now) state.now = undefined;
  });
  return reading;
}

/** All observatories by name, from the database. */
export async function listObservatories(sql: Sql): Promise<Observatory[]> {
  const rows = await sql<Array<Omit<Observatory, 'settings'> & { settings: unknown }>>`
    select observatory, title, latest_context, edit_context, versions_context, build_context, settings, version,
      changed_at, created_at
    from crds.observatory order by observatory`;
  return rows.map((row) => ({ ...row, settings: settingsFrom(row.settings) }));
}

export interface ObservatoryWish {
  /** Three to nine lower-case letters: hst, jwst, roman. */
  observatory: string;
  title?: string;
  /** Whole, as `observatorySettings` describes them; absent = as they are. */
  settings?: unknown;
}

/**
 * Makes an observatory or changes its title and settings; the same again changes nothing. Throws
 * `crds.observatory-invalid`.
 */
export async function putObservatory(
  core: OperateContext,
  wish: ObservatoryWish,
  actor: Actor,
): Promise<'made' | 'changed' | 'unchanged'> {
  const { observatory, title } = wish;
  if (!/^[a-z]{3,9}$/.test(observatory)) {
    throw observatoryInvalid(
      `"${observatory.slice(0, 40)}" is no name: three to nine lower-case letters are.`,
    );
  }
  if (title !== undefined && (title.length > 200 || /\p{Cc}/u.test(title))) {
    throw observatoryInvalid('The title is a line of at most 200 characters.');
  }
  const settings =
    wish.settings === undefined ? null : JSON.stringify(readObservatorySettings(wish.settings));
  const outcome = await core.db.transaction(async (tx) => {
    const made = await tx`
      insert into crds.observatory (observatory, title, settings)
      values (${observatory}, ${title ?? observatory}, coalesce(${settings}::text::jsonb, '{}'))
      on conflict do nothing`;
    const changed =
      made.count > 0
        ? made
        : await tx`
          update crds.observatory set title = coalesce(${title ?? null}, title),
            settings = coalesce(${settings}::text::jsonb, settings)
          where observatory = ${observatory}
            and (title, settings) is distinct from
              (coalesce(${title ?? null}, title), coalesce(${settings}::text::jsonb, settings))`;
    if (changed.count === 0) return 'unchanged';
    const outcome = made.count > 0 ? 'made' : 'changed';
    const { name, ...where } = actor;
    await core.audit.record(tx, {
      actor: name,
      action: `crds.observatory-${outcome}`,
      object: { kind: 'crds.observatory', id: observatory },
      details: { title: title ?? null, settings },
      ...where,
    });
    return outcome;
  });
  forgetObservatories(core);
  return outcome;
}
