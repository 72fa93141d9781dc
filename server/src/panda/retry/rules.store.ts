import type { Core } from '../../core/core.ts';
import { messageOf } from '../../core/errors.ts';
import { compileLinear } from '../../core/regex/index.ts';
import { perCore } from '../per-core.ts';
import type { RetryRule } from './rule.ts';

type RuleRow = Omit<RetryRule, 'diag'> & { diagPattern: string | null };

const keepMs = 1000;

const cacheOf = perCore(() => ({ rules: [] as RetryRule[], until: 0 }));

/** Rules that have not expired, at most a second old, in the order they were written. */
export async function rulesOf(core: Core): Promise<readonly RetryRule[]> {
  const cache = cacheOf(core);
  if (performance.now() < cache.until) return cache.rules;
  const rows = await core.db.sql<RuleRow[]>`
    select r.retry_rule_id, r.action, r.error_source, r.error_code, r.diag_pattern, r.architecture, r.release, r.queue,
      r.parameters, r.active and a.active as active
    from panda.retry_rule r join panda.retry_action a using (action)
    where r.expires_at is null or r.expires_at > clock_timestamp() order by r.retry_rule_id`;
  cache.rules = rows.map(({ diagPattern, ...rule }) => ({ ...rule, diag: compile(core, rule, diagPattern) }));
  cache.until = performance.now() + keepMs;
  return cache.rules;
}

/** The next question of this process reads the database: for tests, and after a change of one's own. */
export function forgetRules(core: Core): void {
  cacheOf(core).until = 0;
}

/** A pattern that cannot be used fits nothing, as in the reference. */
function compile(
  core: Core,
  { retryRuleId }: Pick<RetryRule, 'retryRuleId'>,
  pattern: string | null,
): RetryRule['diag'] {
  if (pattern === null || pattern === '') return null;
  try {
    return compileLinear(`^(?:${pattern})`, 's', { maxLength: 2000 });
  } catch (error) {
    core.log.warn(
      { retryRuleId, reason: messageOf(error) },
      'a retry rule has a pattern that cannot be used',
    );
    return 'broken';
  }
}
