import type { Actor } from '../../core/auth/index.ts';
import type { Tx } from '../../core/db/index.ts';
import { type ContextsInForce, lockObservatory } from '../observatory/lock-observatory.ts';
import { forgetObservatories, type OperateContext } from '../observatory/observatory.ts';
import { parseMappingName } from '../rules/names.ts';
import { calibrationVersion } from './build-context.ts';
import { type ContextMembers, checkMembers, membersOf } from './context-members.store.ts';
import { contextRefused, contextUnknown, descriptionInvalid } from './errors.ts';
import { markStates } from './states.store.ts';

/** What a context is for. */
export type ContextKind = 'latest' | 'edit' | 'build' | 'versions';

export interface ContextWish {
  observatory: string;
  kind: ContextKind;
  /** Name of a pmap. */
  context: string;
  /** For those who read the history; a line of at most 1000 characters. */
  description: string;
  /**
   * Of a build context: the version of calibration software that it belongs to. Versions newer than all others also
   * make it the build context of the observatory.
   */
  calibrationVersion?: string;
}

export interface ContextSet {
  observatory: string;
  kind: ContextKind;
  context: string;
  /** What it was before; null when there was none. */
  former: string | null;
  /** False: it was so already, and nothing was written down. */
  changed: boolean;
  /** The new context is older than the one before: allowed, and worth a word. */
  isBackward: boolean;
  mappings: number;
  references: number;
  /** How many of the references the catalogue does not have: rules recommend them, nobody can download them here. */
  unknownReferences: number;
}

/**
 * Says which context is in force from now on, in one transaction with its history, the states of files, the event and
 * the audit trail; callers at the same time come one after the other.
 *
 * Refused, with nothing changed: names that are unknown (`crds.context-unknown`), contexts that lead to files that are
 * unknown, bad, not confirmed or not as far on their way as the operator wants (`crds.context-refused`), and
 * `crds.observatory-unknown`, `crds.calibration-version-invalid`, `crds.description-invalid`.
 */
export async function setContext(core: OperateContext, wish: ContextWish, actor: Actor): Promise<ContextSet> {
  checkWish(wish);
  const version = wish.calibrationVersion;
  const calver = version === undefined || version === '' ? null : calibrationVersion(version);
  const set = await core.db.transaction(async (tx) => {
    const inForce = await lockObservatory(tx, wish.observatory);
    const members = await checkedMembers(tx, inForce, wish);
    const former =
      calver === null ? inForce[columns[wish.kind]] : await buildOf(tx, wish.observatory, calver);
    const result: ContextSet = {
      observatory: wish.observatory,
      kind: wish.kind,
      context: wish.context,
      former,
      changed: former !== wish.context,
      isBackward: former !== null && serialOf(wish.context) < serialOf(former),
      mappings: members.mappings,
      references: members.references,
      unknownReferences: members.unknown.count,
    };
    if (result.changed) await write(tx, wish, calver, actor);
    if (wish.kind === 'latest') await markStates(tx, wish.observatory, wish.context);
    if (result.changed) await tell(core, tx, wish, calver, result, actor);
    return result;
  });
  forgetObservatories(core);
  core.events?.committed();
  return set;
}

const columns = {
  latest: 'latestContext',
  edit: 'editContext',
  build: 'buildContext',
  versions: 'versionsContext',
} as const;

function checkWish({
  observatory,
  kind,
  context,
  description,
  calibrationVersion: calver,
}: ContextWish): void {
  const name = parseMappingName(context);
  if (name?.kind !== 'pmap' || name.observatory !== observatory) throw contextUnknown(observatory, context);
  if (calver !== undefined && calver !== '' && kind !== 'build') {
    throw contextRefused('Only a build context belongs to a version of calibration software.');
  }
  if (description.length > 1000 || /[\p{Cc}\p{Cs}]/u.test(description)) throw descriptionInvalid();
}

async function checkedMembers(
  tx: Tx,
  { settings }: ContextsInForce,
  wish: ContextWish,
): Promise<ContextMembers> {
  const { observatory, kind, context } = wish;
  const [known] = await tx`
    select from crds.file where observatory = ${observatory} and name = ${context} and state <> 'uploaded'`;
  if (known === undefined) throw contextUnknown(observatory, context);
  const members = await membersOf(tx, observatory, context);
  // The edit context is the newest delivery by nature: its files need not have reached the archive.
  checkMembers(context, members, {
    ...settings.contexts,
    ...(kind === 'edit' ? { filesMustBe: 'submitted' } : {}),
  });
  return members;
}

async function buildOf(tx: Tx, observatory: string, calver: string): Promise<string | null> {
  const [row] = await tx<{ context: string }[]>`
    select context from crds.build_context where observatory = ${observatory} and calibration_version = ${calver}`;
  return row?.context ?? null;
}

async function write(tx: Tx, wish: ContextWish, calver: string | null, actor: Actor): Promise<void> {
  const { observatory, kind, context, description } = wish;
  if (calver !== null) {
    await writeBuild(tx, observatory, context, calver, actor);
    return;
  }
  await tx`
    update crds.observatory set ${tx(`${kind}_context`)} = ${context} where observatory = ${observatory}`;
  if (kind !== 'latest') return;
  // A history that was brought from elsewhere may have told of it already.
  await tx`
    insert into crds.context_history (observatory, context, description, changed_by)
    select ${observatory}, ${context}, ${description}, ${actor.name}
    where ${context} is distinct from (
      select h.context from crds.context_history h where h.observatory = ${observatory}
      order by h.started_at desc, h.context_history_id desc limit 1)`;
}

async function writeBuild(
  tx: Tx,
  observatory: string,
  context: string,
  calver: string,
  actor: Actor,
): Promise<void> {
  await tx`
    insert into crds.build_context (observatory, calibration_version, context, set_by)
    values (${observatory}, ${calver}, ${context}, ${actor.name})
    on conflict (observatory, calibration_version)
    do update set context = excluded.context, set_at = clock_timestamp(), set_by = excluded.set_by`;
  await tx`
    update crds.observatory set build_context = ${context} where observatory = ${observatory}
      and not exists (
        select from crds.build_context where observatory = ${observatory}
          and string_to_array(calibration_version, '.')::int[] > string_to_array(${calver}, '.')::int[])`;
}

async function tell(
  core: OperateContext,
  tx: Tx,
  { observatory, kind, context, description }: ContextWish,
  calver: string | null,
  { former, isBackward }: ContextSet,
  actor: Actor,
): Promise<void> {
  const change = { kind, context, former, isBackward, calibrationVersion: calver };
  await tx`
    select core.publish_event('crds.context', ${observatory},
      ${JSON.stringify({ ...change, by: actor.name })}::text::jsonb)`;
  const { name, ...where } = actor;
  await core.audit.record(tx, {
    actor: name,
    action: 'crds.context-set',
    object: { kind: 'crds.observatory', id: observatory },
    details: { ...change, description },
    ...where,
  });
}

function serialOf(name: string): number {
  return parseMappingName(name)?.serial ?? -1;
}
