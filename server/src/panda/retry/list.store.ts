import type { Sql, Tx } from '../../core/db/index.ts';
import type { RetryAction } from './actions.ts';
import type { CheckedRule } from './wish.ts';

/** A rule as it is stored, for people. */
export interface StoredRule extends CheckedRule {
  retryRuleId: number;
  version: number;
  createdBy: string;
  createdAt: Date;
  changedBy: string;
  changedAt: Date;
  /** Null: it is in force, or would be. */
  removedAt: Date | null;
  /** False: its action is switched off for all rules. */
  actionActive: boolean;
}

export interface RuleFilter {
  action?: RetryAction;
  errorSource?: string;
  errorCode?: number;
  /** Whether rule and action are both on. */
  active?: boolean;
  /** True: the removed ones and no others. */
  removed?: boolean;
}

const columns = (sql: Sql) => sql`
  r.retry_rule_id, r.action, r.error_source, r.error_code, r.diag_pattern, r.architecture, r.release, r.queue,
  r.work_queue, r.parameters, r.active, r.description, r.expires_at, r.version, r.created_by, r.created_at,
  r.changed_by, r.changed_at, r.removed_at, a.active as action_active`;

function conditions(sql: Sql, { action, errorSource, errorCode, active, removed = false }: RuleFilter) {
  const parts = [
    removed ? sql`r.removed_at is not null` : sql`r.removed_at is null`,
    ...(action === undefined ? [] : [sql`r.action = ${action}`]),
    ...(errorSource === undefined ? [] : [sql`r.error_source = ${errorSource}`]),
    ...(errorCode === undefined ? [] : [sql`r.error_code = ${errorCode}`]),
    ...(active === undefined ? [] : [sql`(r.active and a.active) = ${active}`]),
  ];
  return parts.reduce((all, part) => sql`${all} and ${part}`);
}

export interface RulePlace {
  direction: 'older' | 'newer';
  /** The rule itself is not on the page. */
  ruleId: number;
}

/** Rules, the last written first, beyond a place. */
export async function listRules(
  sql: Sql,
  filter: RuleFilter = {},
  { limit = 1000, place }: { limit?: number; place?: RulePlace } = {},
): Promise<StoredRule[]> {
  const goesNewer = place?.direction === 'newer';
  const beyond =
    place === undefined
      ? sql``
      : goesNewer
        ? sql`and r.retry_rule_id > ${place.ruleId}`
        : sql`and r.retry_rule_id < ${place.ruleId}`;
  const rows = await sql<StoredRule[]>`
    select ${columns(sql)} from panda.retry_rule r join panda.retry_action a using (action)
    where ${conditions(sql, filter)} ${beyond}
    order by r.retry_rule_id ${goesNewer ? sql`` : sql`desc`} limit ${limit}`;
  return goesNewer ? [...rows].reverse() : rows;
}

/** How many rules a filter has on all pages. */
export async function countRules(sql: Sql, filter: RuleFilter): Promise<number> {
  const [row] = await sql<[{ n: number }]>`
    select count(*)::int as n from panda.retry_rule r join panda.retry_action a using (action)
    where ${conditions(sql, filter)}`;
  return row.n;
}

/** A rule, removed or not; null when there is none of that number. */
export async function findRule(sql: Sql, ruleId: number): Promise<StoredRule | null> {
  const [row] = await sql<StoredRule[]>`
    select ${columns(sql)} from panda.retry_rule r join panda.retry_action a using (action)
    where r.retry_rule_id = ${ruleId}`;
  return row ?? null;
}

/** Like `findRule`; nobody else changes it until the transaction ends. */
export async function lockRule(tx: Tx, ruleId: number): Promise<StoredRule | null> {
  const [row] = await tx<StoredRule[]>`
    select ${columns(tx)} from panda.retry_rule r join panda.retry_action a using (action)
    where r.retry_rule_id = ${ruleId} for update of r`;
  return row ?? null;
}

/** Stores a new rule, its first version; returns its number. */
export async function insertRule(tx: Tx, rule: CheckedRule, by: string): Promise<number> {
  const [row] = await tx<[{ retryRuleId: number }]>`
    insert into panda.retry_rule (action, error_source, error_code, diag_pattern, architecture, release, queue,
      work_queue, parameters, active, description, expires_at, created_by, changed_by)
    values (${rule.action}, ${rule.errorSource}, ${rule.errorCode}, ${rule.diagPattern}, ${rule.architecture},
      ${rule.release}, ${rule.queue}, ${rule.workQueue}, ${JSON.stringify(rule.parameters)}::text::jsonb,
      ${rule.active}, ${rule.description}, ${rule.expiresAt}, ${by}, ${by}) returning retry_rule_id`;
  return row.retryRuleId;
}

/** The rule gets its next version. */
export async function updateRule(
  tx: Tx,
  ruleId: number,
  rule: CheckedRule & { removed: boolean },
  by: string,
): Promise<void> {
  await tx`
    update panda.retry_rule set action = ${rule.action}, error_source = ${rule.errorSource},
      error_code = ${rule.errorCode}, diag_pattern = ${rule.diagPattern}, architecture = ${rule.architecture},
      release = ${rule.release}, queue = ${rule.queue}, work_queue = ${rule.workQueue},
      parameters = ${JSON.stringify(rule.parameters)}::text::jsonb, active = ${rule.active},
      description = ${rule.description}, expires_at = ${rule.expiresAt}, version = version + 1, changed_by = ${by},
      changed_at = clock_timestamp(),
      removed_at = case when ${rule.removed} then coalesce(removed_at, clock_timestamp()) end
    where retry_rule_id = ${ruleId}`;
}

export interface StoredAction {
  action: RetryAction;
  /** False: no rule of it has an effect. */
  active: boolean;
  description: string;
  version: number;
  changedBy: string;
  changedAt: Date;
}

/** All actions that rules can have, by name. */
export function listActions(sql: Sql): Promise<StoredAction[]> {
  return sql<StoredAction[]>`
    select action, active, description, version, changed_by, changed_at from panda.retry_action order by action`;
}

/** An action; nobody else changes it until the transaction ends. Null when there is none of that name. */
export async function lockAction(tx: Tx, action: string): Promise<StoredAction | null> {
  const [row] = await tx<StoredAction[]>`
    select action, active, description, version, changed_by, changed_at from panda.retry_action
    where action = ${action} for update`;
  return row ?? null;
}

/** Switches an action, and with it all its rules, on or off; it gets its next version. */
export async function updateAction(tx: Tx, action: string, active: boolean, by: string): Promise<void> {
  await tx`
    update panda.retry_action set active = ${active}, version = version + 1, changed_by = ${by},
      changed_at = clock_timestamp() where action = ${action}`;
}
