import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Audit } from '../../core/audit/index.ts';
import type { Actor } from '../../core/auth/index.ts';
import type { Db, Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { compileLinear } from '../../core/regex/index.ts';
import { errorSources } from '../jobs/job.ts';
import { retryActions } from './rule.ts';

const orNull = <T extends Type.TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
const name = Type.String({ minLength: 1, maxLength: 200 });

/** A retry rule as operators write it. */
export const RetryRuleWish = Type.Object(
  {
    action: Type.Union(retryActions.map((action) => Type.Literal(action))),
    errorSource: Type.Union(errorSources.map((source) => Type.Literal(source))),
    errorCode: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    diagPattern: orNull(Type.String({ minLength: 1, maxLength: 1000 })),
    architecture: orNull(name),
    release: orNull(name),
    queue: orNull(name),
    parameters: Type.Optional(
      Type.Object(
        { maxAttempt: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) },
        { additionalProperties: false },
      ),
    ),
    active: Type.Optional(Type.Boolean()),
    description: Type.Optional(Type.String({ maxLength: 1000 })),
    expiresAt: orNull(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d(T[\\d:.]+Z)?$' })),
  },
  { additionalProperties: false },
);
export type RetryRuleWish = Static<typeof RetryRuleWish>;

/** A rule as it is stored, for people. */
export interface StoredRule extends Required<Omit<RetryRuleWish, 'expiresAt'>> {
  retryRuleId: number;
  expiresAt: Date | null;
  /** False: its action is switched off for all rules. */
  actionActive: boolean;
}

interface RulesContext {
  readonly db: Db;
  readonly audit: Audit;
}

/** Adds a rule and returns its number. Throws `panda.retry-rule-refused` and what a pattern is refused with. */
export async function addRule({ db, audit }: RulesContext, actor: Actor, wish: unknown): Promise<number> {
  const rule = checkRule(wish);
  return await db.transaction(async (tx) => {
    const [row] = await tx<[{ retryRuleId: number }]>`
      insert into panda.retry_rule (action, error_source, error_code, diag_pattern, architecture, release, queue,
        parameters, active, description, expires_at, created_by)
      values (${rule.action}, ${rule.errorSource}, ${rule.errorCode}, ${rule.diagPattern ?? null},
        ${rule.architecture ?? null}, ${rule.release ?? null}, ${rule.queue ?? null},
        ${JSON.stringify(rule.parameters ?? {})}::text::jsonb, ${rule.active ?? true}, ${rule.description ?? ''},
        ${rule.expiresAt ?? null}, ${actor.name}) returning retry_rule_id`;
    const { action, errorSource, errorCode } = rule;
    await note(audit, tx, actor, 'panda.retry-rule-added', row.retryRuleId, {
      action,
      errorSource,
      errorCode,
    });
    return row.retryRuleId;
  });
}

/** Switches a rule on or off. Throws `panda.retry-rule-unknown`. */
export async function switchRule(
  { db, audit }: RulesContext,
  actor: Actor,
  ruleId: number,
  active: boolean,
): Promise<void> {
  await db.transaction(async (tx) => {
    const rows = await tx`
      update panda.retry_rule set active = ${active} where retry_rule_id = ${ruleId} returning retry_rule_id`;
    if (rows.length === 0) throw ruleUnknown(ruleId);
    await note(audit, tx, actor, 'panda.retry-rule-switched', ruleId, { active });
  });
}

/** Removes a rule; what it did stays written down. Throws `panda.retry-rule-unknown`. */
export async function removeRule({ db, audit }: RulesContext, actor: Actor, ruleId: number): Promise<void> {
  await db.transaction(async (tx) => {
    const rows =
      await tx`delete from panda.retry_rule where retry_rule_id = ${ruleId} returning retry_rule_id`;
    if (rows.length === 0) throw ruleUnknown(ruleId);
    await note(audit, tx, actor, 'panda.retry-rule-removed', ruleId, {});
  });
}

/** Every rule, by number. */
export async function listRules(sql: Sql): Promise<StoredRule[]> {
  return await sql<StoredRule[]>`
    select r.retry_rule_id, r.action, r.error_source, r.error_code, r.diag_pattern, r.architecture, r.release, r.queue,
      r.parameters, r.active, r.description, r.expires_at, a.active as action_active
    from panda.retry_rule r join panda.retry_action a using (action) order by r.retry_rule_id`;
}

function checkRule(wish: unknown): RetryRuleWish {
  if (!Value.Check(RetryRuleWish, wish)) {
    const [first] = Value.Errors(RetryRuleWish, wish);
    const place = first === undefined || first.instancePath === '' ? 'the rule' : first.instancePath.slice(1);
    throw refused(`${place} ${first?.message ?? 'is wrong'}`);
  }
  if (wish.action === 'limit_retry' && wish.parameters?.maxAttempt === undefined) {
    throw refused('limit_retry needs parameters.maxAttempt');
  }
  if (typeof wish.diagPattern === 'string')
    compileLinear(`^(?:${wish.diagPattern})`, 's', { maxLength: 2000 });
  if (typeof wish.expiresAt === 'string' && Number.isNaN(Date.parse(wish.expiresAt))) {
    throw refused('expiresAt is no instant');
  }
  return wish;
}

function refused(fault: string): AppError {
  return new AppError('invalid', 'panda.retry-rule-refused', `The rule is not as it should be: ${fault}.`, {
    next: 'Give {"action", "errorSource", "errorCode"} and what else must fit: diagPattern, architecture, release, queue.',
  });
}

function ruleUnknown(ruleId: number): AppError {
  return new AppError('missing', 'panda.retry-rule-unknown', `There is no retry rule ${ruleId}.`, {
    next: 'See "orrery panda rule list" for those there are.',
  });
}

async function note(
  audit: Audit,
  tx: Sql,
  { name: by, ...where }: Actor,
  action: string,
  ruleId: number,
  details: Record<string, string | number | boolean>,
): Promise<void> {
  await audit.record(tx, {
    actor: by,
    action,
    object: { kind: 'panda.retry-rule', id: String(ruleId) },
    details,
    ...where,
  });
}
