import { retryActions } from '../panda/retry/actions.ts';
import type { RuleFilter, StoredAction, StoredRule } from '../panda/retry/list.store.ts';
import type { Trial } from '../panda/retry/try-rule.ts';
import type { CheckedRule } from '../panda/retry/wish.ts';
import { formatColumns, formatInstant } from './columns.ts';
import type { InstallationFlags } from './open-auth.ts';

export type ListFlags = InstallationFlags & {
  action?: string;
  source?: string;
  code?: string;
  on?: boolean;
  off?: boolean;
  deleted?: boolean;
  json?: boolean;
};

/** An action or a code that there is none of finds nothing. */
export function ruleFilter({ action, source, code, on, off, deleted }: ListFlags): RuleFilter {
  const known = retryActions.find((each) => each === action);
  return {
    ...(action === undefined ? {} : known === undefined ? { errorSource: '' } : { action: known }),
    ...(source === undefined ? {} : { errorSource: source }),
    ...(code === undefined ? {} : { errorCode: /^-?\d{1,9}$/.test(code) ? Number(code) : 0 }),
    ...(on === true ? { active: true } : off === true ? { active: false } : {}),
    ...(deleted === true ? { removed: true } : {}),
  };
}

/** What a person may write of a rule: all that `add` and `change` take. */
export function wishOf(rule: StoredRule): Record<string, unknown> {
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
    parameters: rule.parameters,
    active: rule.active,
    description: rule.description,
    expiresAt: rule.expiresAt?.toISOString() ?? null,
  };
}

export function formatRules(rules: readonly StoredRule[]): string {
  return formatColumns(
    ['NUMBER', 'ERROR', 'ONLY IF', 'ACTION', 'STATE', 'UNTIL', 'DESCRIPTION'],
    rules.map((rule) => [
      String(rule.retryRuleId),
      `${rule.errorSource} ${rule.errorCode}`,
      conditionsOf(rule),
      [rule.action, ...Object.values(rule.parameters).map((each) => String(each))].join(' '),
      stateOf(rule),
      formatInstant(rule.expiresAt),
      rule.description,
    ]),
  );
}

function conditionsOf({ diagPattern, architecture, release, queue, workQueue }: StoredRule): string {
  const parts = [
    diagPattern === null ? '' : `text ${diagPattern}`,
    architecture === null ? '' : `architecture ${architecture}`,
    release === null ? '' : `release ${release}`,
    queue === null ? '' : `queue ${queue}`,
    workQueue === null ? '' : `work queue ${workQueue}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function stateOf({ removedAt, expiresAt, active, actionActive }: StoredRule): string {
  if (removedAt !== null) return 'deleted';
  if (expiresAt !== null && expiresAt.getTime() <= Date.now()) return 'expired';
  return active && actionActive ? 'on' : 'off';
}

export function formatActions(actions: readonly StoredAction[]): string {
  return formatColumns(
    ['ACTION', 'STATE', 'WHAT IT DOES'],
    actions.map(({ action, active, description }) => [action, active ? 'on' : 'off', description]),
  );
}

/** At most so many jobs are printed. */
const shown = 20;

export function formatTrial({ errorSource, errorCode }: CheckedRule, trial: Trial): string {
  const { looked, since, met, exact } = trial;
  if (looked === 0) return `No job that is kept failed with ${errorSource} ${errorCode}.\n`;
  const acting = met.filter(({ behind }) => behind === null).length;
  const behind = met.length - acting;
  const head =
    `Of the last ${looked} jobs that failed with ${errorSource} ${errorCode}, since ${formatInstant(since)}, ` +
    `it would have met ${met.length}${behind === 0 ? '' : `; in ${behind} of them another rule stands before it`}.` +
    `${exact ? '' : ' There was no time for more.'}\n`;
  if (met.length === 0) return head;
  const rows = met
    .slice(0, shown)
    .map(({ job, diag, behind: other }) => [
      String(job.jobId),
      formatInstant(job.endedAt),
      job.queue,
      other === null ? null : `rule ${other}`,
      diag.split('\n')[0]?.slice(0, 100) ?? null,
    ]);
  return head + formatColumns(['JOB', 'ENDED', 'QUEUE', 'BEHIND', 'TEXT'], rows);
}
