import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { messageOf } from '../../core/errors.ts';
import { perCore } from '../per-core.ts';
import { compilePattern, type RetryRule } from './rule.ts';

type RuleRow = Omit<RetryRule, 'diag'> & { diagPattern: string | null };

const keepMs = 1000;

const cacheOf = perCore(() => ({ rules: [] as readonly RetryRule[], until: 0 }));

/** Rules that have not expired, at most a second old, in the order they were written. */
export async function rulesOf(core: Core): Promise<readonly RetryRule[]> {
  const cache = cacheOf(core);
  if (performance.now() < cache.until) return cache.rules;
  cache.rules = await readRules(core.db.sql, (retryRuleId, reason) =>
    core.log.warn({ retryRuleId, reason }, 'a retry rule has a pattern that cannot be used'),
  );
  cache.until = performance.now() + keepMs;
  return cache.rules;
}

/** The next question of this process reads the database: for tests, and after a change of one's own. */
export function forgetRules(core: Core): void {
  cacheOf(core).until = 0;
}

/** Rules that have not expired, in the order they were written. A pattern that cannot be used fits nothing. */
export async function readRules(
  sql: Sql,
  onBroken: (ruleId: number, reason: string) => void = () => undefined,
): Promise<RetryRule[]> {
  const rows = await sql<RuleRow[]>`
    select r.retry_rule_id, r.action, r.error_source, r.error_code, r.diag_pattern, r.architecture, r.release, r.queue,
      r.work_queue, r.parameters, r.active and a.active as active
    from panda.retry_rule r join panda.retry_action a using (action)
    where r.removed_at is null and (r.expires_at is null or r.expires_at > clock_timestamp())
    order by r.retry_rule_id`;
  return rows.map(({ diagPattern, ...rule }) => ({
    ...rule,
    diag: compiled(diagPattern, (reason) => onBroken(rule.retryRuleId, reason)),
  }));
}

function compiled(pattern: string | null, onBroken: (reason: string) => void): RetryRule['diag'] {
  if (pattern === null || pattern === '') return null;
  try {
    return compilePattern(pattern);
  } catch (error) {
    onBroken(messageOf(error));
    return 'broken';
  }
}
