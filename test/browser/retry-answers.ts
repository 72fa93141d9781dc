import type {
  PandaErrorSummary,
  PandaRetryActionRow,
  PandaRetryDecision,
  PandaRetryRule,
  PandaRetryRulePage,
  PandaRetryTrial,
} from '@orrery/contracts';
import { pandaRetryActions } from '@orrery/contracts';
import { now } from './fixtures.ts';
import * as panda from './panda-fixtures.ts';

const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

/** 100,000 decisions in two weeks, most of them of one rule. */
const busy = Array.from({ length: 14 }, (_, day) => 4000 + ((day * 2741) % 4300));
const none = busy.map(() => 0);

const rule = (id: number, change: Partial<PandaRetryRule>): PandaRetryRule => ({
  id,
  version: 3,
  state: 'on',
  actionActive: true,
  action: 'limit_retry',
  errorSource: 'pilot',
  errorCode: 1305,
  meaning: 'the payload failed',
  diagPattern: null,
  architecture: null,
  release: null,
  queue: null,
  workQueue: null,
  parameters: { maxAttempt: 2 },
  active: true,
  description: '',
  expiresAt: null,
  acted: none,
  noted: none,
  lastAt: null,
  createdBy: 'op',
  createdAt: ago(9e5),
  changedBy: 'op',
  changedAt: ago(8e4),
  removedAt: null,
  ...change,
});

export const busyRule = rule(9, {
  diagPattern: '.*(?i:no such file or directory|command not found)',
  description: 'Something the payload calls is not there: one more try, on another node.',
  acted: busy,
  lastAt: ago(40),
});
export const someRules: readonly PandaRetryRule[] = [
  rule(12, {
    action: 'reduce_input_per_job',
    parameters: { steps: [2, 4, 7] },
    errorCode: 1213,
    meaning: 'the batch system’s time was over',
    queue: 'CLUSTER-A',
    expiresAt: ago(-9e5),
    acted: busy.map((n) => Math.round(n / 700)),
    lastAt: ago(4000),
  }),
  rule(11, {
    action: 'increase_cputime',
    parameters: { factor: 2 },
    state: 'off',
    active: false,
    errorCode: 1150,
    meaning: 'the payload made no progress',
    noted: busy.map((n) => Math.round(n / 90)),
    lastAt: ago(400),
  }),
  rule(10, {
    action: 'increase_memory',
    parameters: {},
    errorCode: 1212,
    meaning: 'the payload ran out of memory',
  }),
  busyRule,
  rule(4, {
    action: 'no_retry',
    parameters: {},
    errorSource: 'trans',
    errorCode: 127,
    state: 'expired',
    expiresAt: ago(9e4),
  }),
];

const actions: PandaRetryActionRow[] = pandaRetryActions.map((action) => ({
  action,
  active: true,
  description: `What ${action} does.`,
  version: 1,
  changedBy: 'orrery',
  changedAt: ago(9e6),
}));

const decision = (index: number): PandaRetryDecision & { queue: string } => ({
  at: ago(40 + index * 12),
  job: 4_118_228 - index,
  attempt: 1,
  rule: 9,
  action: 'limit_retry',
  active: index % 5 !== 4,
  effect: 'tried at most 2 times',
  error: { source: 'pilot', code: 1305 },
  queue: 'CLUSTER-A',
});

export const someTrial: PandaRetryTrial = {
  looked: 500,
  since: ago(72_000),
  met: 211,
  behind: 12,
  rows: Array.from({ length: 20 }, (_, index) => ({
    job: 4_118_228 - index,
    queue: 'CLUSTER-A',
    endedAt: ago(60 + index * 90),
    diag: `/bin/run: line ${index}: no such file or directory`,
    behind: index === 2 ? 10 : null,
  })),
  exact: true,
  tookMs: 31,
};

export const errorsByClass: PandaErrorSummary = {
  ...panda.errorsByCode,
  rows: (['user', 'system'] as const).map((key) => ({
    ...(panda.errorsByCode.rows[0] as PandaErrorSummary['rows'][number]),
    key,
    source: null,
    code: null,
    meaning: null,
    class: key,
    example: null,
  })),
};

function rulePage(query: URLSearchParams): PandaRetryRulePage {
  const is = (name: string, value: unknown) => (query.get(name) ?? String(value)) === String(value);
  const rows = someRules.filter(
    (row) =>
      query.get('removed') !== 'true' &&
      is('action', row.action) &&
      is('errorSource', row.errorSource) &&
      is('errorCode', row.errorCode) &&
      is('active', row.state === 'on'),
  );
  return { rows, newer: null, older: null, about: rows.length, tookMs: 3, actions, mayChange: true };
}

/** The canned answer of a GET about retry rules; undefined when it is about something else. */
export function retryAnswer(path: string, query: URLSearchParams): unknown {
  if (path === 'retry-rules') return rulePage(query);
  if (path === 'error-codes')
    return {
      rows: panda.errorsByCode.rows.map(({ source, code, meaning, class: whose, failed }) => ({
        source,
        code,
        meaning,
        class: whose,
        failed,
      })),
    };
  if (/^jobs\/\d+\/retry-decisions$/.test(path)) {
    const failed = path.includes(String(panda.failedJob.id));
    const rows = failed
      ? [
          { ...decision(0), description: busyRule.description, removed: false },
          {
            ...decision(4),
            rule: 11,
            effect: 'the task measures its jobs anew',
            description: '',
            removed: true,
          },
        ]
      : [];
    return { rows };
  }
  const [, id, rest] = /^retry-rules\/(\d+)(\/.*)?$/.exec(path) ?? [];
  if (id === undefined) return undefined;
  if (rest === '/decisions') {
    const from = Number(query.get('cursor') ?? 0);
    return { rows: Array.from({ length: 20 }, (_, n) => decision(from + n)), older: String(from + 20) };
  }
  return someRules.find((each) => each.id === Number(id));
}

/** What a change of rules answers. */
export function retryActed(method: string, path: string, given: Record<string, unknown>): unknown {
  if (path === 'retry-rules/trial') return someTrial;
  if (path.startsWith('retry-actions/')) return { ...actions[0], ...given };
  if (path === 'retry-rules') return { ...busyRule, ...given, id: 13, version: 1 };
  const known = someRules.find((each) => path.startsWith(`retry-rules/${each.id}`)) ?? busyRule;
  if (method === 'DELETE') return { ...known, state: 'removed', version: known.version + 1 };
  return { ...known, ...given, version: known.version + 1 };
}
