import type {
  PandaRetryActionRow,
  PandaRetryDecision,
  PandaRetryParameters,
  PandaRetryRule,
} from '@orrery/contracts/panda';
import type { DayCount, Decision } from '../retry/decisions.store.ts';
import type { StoredAction, StoredRule } from '../retry/list.store.ts';
import { errorMeaning } from './error-meanings.ts';
import { instantOrNull } from './job-row.wire.ts';

const dayMs = 86_400_000;
/** Days that the figures of a rule go back, today included. */
const countedDays = 14;

/** The beginning of the first day that is counted. */
export function countedSince(now: Date): Date {
  return new Date((Math.floor(now.getTime() / dayMs) - countedDays + 1) * dayMs);
}

/** `counts`: of this rule, since `countedSince(now)`. */
export function apiRule(rule: StoredRule, counts: readonly DayCount[], now: Date): PandaRetryRule {
  const since = countedSince(now).getTime();
  const onDay = (n: number) => counts.find(({ day }) => Math.round((day.getTime() - since) / dayMs) === n);
  const days = Array.from({ length: countedDays }, (_, n) => onDay(n));
  const last = counts.reduce<Date | null>(
    (latest, { lastAt }) => (latest === null || lastAt > latest ? lastAt : latest),
    null,
  );
  return {
    id: rule.retryRuleId,
    version: rule.version,
    state: stateOf(rule, now),
    action: rule.action,
    actionActive: rule.actionActive,
    errorSource: rule.errorSource,
    errorCode: rule.errorCode,
    meaning: errorMeaning(rule.errorSource, rule.errorCode),
    diagPattern: rule.diagPattern,
    architecture: rule.architecture,
    release: rule.release,
    queue: rule.queue,
    workQueue: rule.workQueue,
    parameters: rule.parameters as PandaRetryParameters,
    active: rule.active,
    description: rule.description,
    expiresAt: instantOrNull(rule.expiresAt),
    acted: days.map((day) => day?.acted ?? 0),
    noted: days.map((day) => day?.noted ?? 0),
    lastAt: instantOrNull(last),
    createdBy: rule.createdBy,
    createdAt: rule.createdAt.toISOString(),
    changedBy: rule.changedBy,
    changedAt: rule.changedAt.toISOString(),
    removedAt: instantOrNull(rule.removedAt),
  };
}

function stateOf(
  { removedAt, expiresAt, active, actionActive }: StoredRule,
  now: Date,
): PandaRetryRule['state'] {
  if (removedAt !== null) return 'removed';
  if (expiresAt !== null && expiresAt <= now) return 'expired';
  return active && actionActive ? 'on' : 'off';
}

export function apiAction({
  action,
  active,
  description,
  version,
  changedBy,
  changedAt,
}: StoredAction): PandaRetryActionRow {
  return { action, active, description, version, changedBy, changedAt: changedAt.toISOString() };
}

export function apiDecision(decision: Decision & { at: Date }): PandaRetryDecision {
  const { errorSource, errorCode } = decision;
  return {
    at: decision.at.toISOString(),
    job: decision.jobId,
    attempt: decision.attempt,
    rule: decision.retryRuleId,
    action: decision.action,
    active: decision.active,
    effect: decision.effect,
    error: errorSource === null || errorCode === null ? null : { source: errorSource, code: errorCode },
  };
}
