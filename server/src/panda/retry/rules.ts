import type { Audit } from '../../core/audit/index.ts';
import type { Actor } from '../../core/auth/index.ts';
import type { Db, Sql, Tx } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import {
  findRule,
  insertRule,
  lockAction,
  lockRule,
  type StoredAction,
  type StoredRule,
  updateAction,
  updateRule,
} from './list.store.ts';
import { type CheckedRule, checkRule } from './wish.ts';

export interface RulesContext {
  readonly db: Db;
  readonly audit: Audit;
}

/** Adds a rule. Throws `panda.retry-rule-refused` and what a pattern is refused with. */
export async function addRule({ db, audit }: RulesContext, actor: Actor, wish: unknown): Promise<StoredRule> {
  const rule = checkRule(wish);
  return await db.transaction(async (tx) => {
    const ruleId = await insertRule(tx, rule, actor.name);
    await note(audit, tx, actor, 'panda.retry-rule-added', ruleId, wordsOf(rule));
    return await storedRule(tx, ruleId);
  });
}

/**
 * Gives a rule another content; `version` is the one that was read, null = whatever it is. Throws
 * `panda.retry-rule-unknown`, `panda.retry-rule-changed`, `panda.retry-rule-refused`.
 */
export async function changeRule(
  context: RulesContext,
  actor: Actor,
  ruleId: number,
  wish: unknown,
  version: number | null,
): Promise<StoredRule> {
  const rule = checkRule(wish);
  return await rewrite(context, actor, ruleId, version, 'panda.retry-rule-changed', () => ({
    ...rule,
    removed: false,
  }));
}

/** Switches a rule on or off. Throws `panda.retry-rule-unknown`, `panda.retry-rule-changed`. */
export async function switchRule(
  context: RulesContext,
  actor: Actor,
  ruleId: number,
  active: boolean,
  version: number | null = null,
): Promise<StoredRule> {
  return await rewrite(context, actor, ruleId, version, 'panda.retry-rule-switched', (rule) => ({
    ...rule,
    active,
    removed: false,
  }));
}

/** Removes a rule; what it did stays written down. Throws `panda.retry-rule-unknown`, `panda.retry-rule-changed`. */
export async function removeRule(
  context: RulesContext,
  actor: Actor,
  ruleId: number,
  version: number | null = null,
): Promise<StoredRule> {
  return await rewrite(context, actor, ruleId, version, 'panda.retry-rule-removed', (rule) => ({
    ...rule,
    removed: true,
  }));
}

/** Brings a removed rule back as it was. Throws `panda.retry-rule-unknown`, `panda.retry-rule-changed`. */
export async function restoreRule(
  { db, audit }: RulesContext,
  actor: Actor,
  ruleId: number,
  version: number | null = null,
): Promise<StoredRule> {
  return await db.transaction(async (tx) => {
    const before = await lockRule(tx, ruleId);
    if (before === null) throw ruleUnknown(ruleId);
    demandVersion(before, version);
    if (before.removedAt !== null) {
      await updateRule(tx, ruleId, { ...before, removed: false }, actor.name);
      await note(audit, tx, actor, 'panda.retry-rule-restored', ruleId, wordsOf(before));
    }
    return await storedRule(tx, ruleId);
  });
}

/** Switches an action for all its rules. Throws `panda.retry-action-unknown`, `panda.retry-action-changed`. */
export async function switchAction(
  { db, audit }: RulesContext,
  actor: Actor,
  action: string,
  active: boolean,
  version: number | null = null,
): Promise<StoredAction> {
  return await db.transaction(async (tx) => {
    const before = await lockAction(tx, action);
    if (before === null) throw actionUnknown(action);
    if (version !== null && version !== before.version) throw actionChanged(action, before.version);
    if (before.active === active) return before;
    await updateAction(tx, action, active, actor.name);
    const { name, ...where } = actor;
    await audit.record(tx, {
      actor: name,
      action: 'panda.retry-action-switched',
      object: { kind: 'panda.retry-action', id: action },
      details: { active },
      ...where,
    });
    return (await lockAction(tx, action)) ?? before;
  });
}

/** A rule, removed or not. Throws `panda.retry-rule-unknown`. */
export async function getRule({ db }: Pick<RulesContext, 'db'>, ruleId: number): Promise<StoredRule> {
  return await storedRule(db.sql, ruleId);
}

async function storedRule(sql: Sql, ruleId: number): Promise<StoredRule> {
  const rule = await findRule(sql, ruleId);
  if (rule === null) throw ruleUnknown(ruleId);
  return rule;
}

async function rewrite(
  { db, audit }: RulesContext,
  actor: Actor,
  ruleId: number,
  version: number | null,
  action: string,
  change: (rule: StoredRule) => CheckedRule & { removed: boolean },
): Promise<StoredRule> {
  return await db.transaction(async (tx) => {
    const before = await lockRule(tx, ruleId);
    if (before === null || before.removedAt !== null) throw ruleUnknown(ruleId);
    demandVersion(before, version);
    const next = change(before);
    const [was, is] = [wordsOf(before), wordsOf(next)];
    // The same again is no new version.
    if (JSON.stringify(was) === JSON.stringify(is) && !next.removed) return before;
    await updateRule(tx, ruleId, next, actor.name);
    await note(audit, tx, actor, action, ruleId, { ...is, before: JSON.stringify(was) });
    return await storedRule(tx, ruleId);
  });
}

function demandVersion({ retryRuleId, version: now }: StoredRule, version: number | null): void {
  if (version === null || version === now) return;
  throw new AppError(
    'conflict',
    'panda.retry-rule-changed',
    `Retry rule ${retryRuleId} has version ${now} now.`,
    {
      next: 'Read it again, and make your change in what it is now.',
      details: { version: now },
    },
  );
}

function actionChanged(action: string, version: number): AppError {
  return new AppError(
    'conflict',
    'panda.retry-action-changed',
    `The action ${action} was switched just now.`,
    {
      next: 'Read it again.',
      details: { version },
    },
  );
}

function actionUnknown(action: string): AppError {
  return new AppError(
    'missing',
    'panda.retry-action-unknown',
    `There is no action "${action.slice(0, 100)}".`,
    {
      next: 'See "orrery panda rule actions" for those there are.',
    },
  );
}

function ruleUnknown(ruleId: number): AppError {
  return new AppError('missing', 'panda.retry-rule-unknown', `There is no retry rule ${ruleId}.`, {
    next: 'See "orrery panda rule list" for those there are.',
  });
}

/** What the audit trail says of a rule. */
function wordsOf(rule: CheckedRule) {
  const { action, errorSource, errorCode, diagPattern, architecture, release, queue, workQueue } = rule;
  return {
    action,
    errorSource,
    errorCode,
    diagPattern,
    architecture,
    release,
    queue,
    workQueue,
    parameters: JSON.stringify(rule.parameters),
    active: rule.active,
    description: rule.description,
    expiresAt: rule.expiresAt?.toISOString() ?? null,
  };
}

async function note(
  audit: Audit,
  tx: Tx,
  { name, ...where }: Actor,
  action: string,
  ruleId: number,
  details: Record<string, string | number | boolean | null>,
): Promise<void> {
  await audit.record(tx, {
    actor: name,
    action,
    object: { kind: 'panda.retry-rule', id: String(ruleId) },
    details,
    ...where,
  });
}
