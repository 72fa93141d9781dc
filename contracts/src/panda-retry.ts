/** Retry rules: what becomes of jobs that fail with a certain error. */
import Type, { type Static } from 'typebox';
import { Instant, pageOf } from './core.ts';
import { pandaErrorClasses } from './panda-errors.ts';
import { PandaErrorSource } from './panda-states.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
const Name = Type.String({ minLength: 1, maxLength: 200 });
const Code = Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647 });

export const pandaRetryActions = [
  'no_retry',
  'limit_retry',
  'increase_memory',
  'increase_memory_xtimes',
  'increase_cputime',
  'reduce_input_per_job',
] as const;
export const PandaRetryAction = Type.Enum(pandaRetryActions);
export type PandaRetryAction = Static<typeof PandaRetryAction>;

/** Errors that rules are asked about, in the order in which they are. */
export const pandaRetrySources = ['pilot', 'exe', 'ddm', 'trans', 'jobDispatcher', 'taskBuffer'] as const;
export const PandaRetrySource = Type.Enum(pandaRetrySources);
export type PandaRetrySource = Static<typeof PandaRetrySource>;

/** Switches of a task that keep `reduce_input_per_job` away from it. */
export const pandaRetryExcludable = [
  'nEventsPerJob',
  'nFilesPerJob',
  'nGBPerJob',
  'nMaxFilesPerJob',
] as const;

/** Each action knows some of these; others are refused. */
export const PandaRetryParameters = Type.Object(
  {
    /** `limit_retry`, which needs it. */
    maxAttempt: Type.Optional(Type.Integer()),
    /** `increase_memory_xtimes`, `increase_cputime`: above 1, at most 10. */
    factor: Type.Optional(Type.Number()),
    /** `reduce_input_per_job`: attempts from which jobs get half, a quarter, one; 2, 4, 7 when absent. */
    steps: Type.Optional(Type.Array(Type.Integer())),
    /** `reduce_input_per_job`: nEventsPerJob and nFilesPerJob when absent. */
    excludedRules: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: true },
);
export type PandaRetryParameters = Static<typeof PandaRetryParameters>;

/** A rule as it is written; the server says what is wrong with it. */
export const PandaRetryRuleWish = Type.Object({
  action: PandaRetryAction,
  errorSource: PandaRetrySource,
  errorCode: Code,
  /** Regular expression (RE2) that fits from the start of the text; its dot also fits the end of a line. Null: any text. */
  diagPattern: nullable(Type.String()),
  /** cmtConfig, AtlasRelease, computingSite and workQueue_ID of the job. Null: any. */
  architecture: nullable(Type.String()),
  release: nullable(Type.String()),
  queue: nullable(Type.String()),
  workQueue: nullable(Type.Integer()),
  parameters: PandaRetryParameters,
  /** False: its effect is only written down. */
  active: Type.Boolean(),
  description: Type.String(),
  expiresAt: nullable(Instant),
});
export type PandaRetryRuleWish = Static<typeof PandaRetryRuleWish>;

const pandaRetryStates = ['on', 'off', 'expired', 'removed'] as const;

export const PandaRetryRule = Type.Object({
  ...PandaRetryRuleWish.properties,
  id: Type.Integer(),
  /** Grows with each change; `If-Match: "<version>"` of the calls that change it. */
  version: Type.Integer(),
  /** What it comes to: switched off itself or with its action, expired, removed. */
  state: Type.Enum(pandaRetryStates),
  /** False: its action is off for all rules. */
  actionActive: Type.Boolean(),
  /** What the code means; null = not known. */
  meaning: nullable(Type.String()),
  /** Jobs it met on each of the last 14 days (UTC), oldest first; `acted` had an effect, `noted` was only written down. */
  acted: Type.Array(Type.Integer()),
  noted: Type.Array(Type.Integer()),
  /** When it last met a job, in these days; null = it did not. */
  lastAt: nullable(Instant),
  createdBy: Type.String(),
  createdAt: Instant,
  changedBy: Type.String(),
  changedAt: Instant,
  removedAt: nullable(Instant),
});
export type PandaRetryRule = Static<typeof PandaRetryRule>;

export const PandaRetryRuleFilter = Type.Object({
  action: Type.Optional(PandaRetryAction),
  errorSource: Type.Optional(PandaErrorSource),
  errorCode: Type.Optional(Code),
  /** Whether rule and action are both on. */
  active: Type.Optional(Type.Boolean()),
  /** True: the removed ones and no others. */
  removed: Type.Optional(Type.Boolean()),
});
export type PandaRetryRuleFilter = Static<typeof PandaRetryRuleFilter>;

export const PandaRetryRuleQuery = Type.Object({
  ...PandaRetryRuleFilter.properties,
  /** 1 to 500; 100 when absent. */
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  cursor: Type.Optional(Type.String({ maxLength: 400 })),
});
export type PandaRetryRuleQuery = Static<typeof PandaRetryRuleQuery>;

export const PandaRetryActionRow = Type.Object({
  action: PandaRetryAction,
  active: Type.Boolean(),
  description: Type.String(),
  version: Type.Integer(),
  changedBy: Type.String(),
  changedAt: Instant,
});
export type PandaRetryActionRow = Static<typeof PandaRetryActionRow>;

/** The last written first. */
export const PandaRetryRulePage = Type.Object({
  ...pageOf(PandaRetryRule).properties,
  actions: Type.Array(PandaRetryActionRow),
  mayChange: Type.Boolean(),
});
export type PandaRetryRulePage = Static<typeof PandaRetryRulePage>;

export const PandaRetrySwitch = Type.Object({ active: Type.Boolean() }, { additionalProperties: false });
export type PandaRetrySwitch = Static<typeof PandaRetrySwitch>;

/** What a rule did with a job, or would have done were it active. */
export const PandaRetryDecision = Type.Object({
  at: Instant,
  job: Type.Integer(),
  attempt: Type.Integer(),
  rule: Type.Integer(),
  action: PandaRetryAction,
  /** False: only written down. */
  active: Type.Boolean(),
  /** A few words. */
  effect: Type.String(),
  /** The error it was about; null where that was not written down. */
  error: nullable(Type.Object({ source: PandaErrorSource, code: Type.Integer() })),
});
export type PandaRetryDecision = Static<typeof PandaRetryDecision>;

/** Of one job, oldest first. */
export const PandaJobRetryDecisions = Type.Object({
  rows: Type.Array(
    Type.Object({
      ...PandaRetryDecision.properties,
      /** Of the rule as it is now. */
      description: Type.String(),
      removed: Type.Boolean(),
    }),
  ),
});
export type PandaJobRetryDecisions = Static<typeof PandaJobRetryDecisions>;

export const PandaRetryDecisionQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  cursor: Type.Optional(Type.String({ maxLength: 100 })),
});
export type PandaRetryDecisionQuery = Static<typeof PandaRetryDecisionQuery>;

/** Of one rule, last first: those with jobs that the caller may see. */
export const PandaRetryDecisionPage = Type.Object({
  rows: Type.Array(Type.Object({ ...PandaRetryDecision.properties, queue: nullable(Type.String()) })),
  /** Where it goes on; null = that was all. */
  older: nullable(Type.String()),
});
export type PandaRetryDecisionPage = Static<typeof PandaRetryDecisionPage>;

export const PandaRetryTrialWish = Type.Object(
  {
    rule: Type.Unknown(),
    /** The stored rule that it would take the place of; absent = a new one. */
    id: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
    /** How many jobs that failed with its error are looked at; 500 when absent. */
    last: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000 })),
  },
  { additionalProperties: false },
);
export type PandaRetryTrialWish = Static<typeof PandaRetryTrialWish>;

/** What a rule would have done with the last jobs that failed with its error. */
export const PandaRetryTrial = Type.Object({
  /** Jobs that were looked at, and when the first of them ended. */
  looked: Type.Integer(),
  since: nullable(Instant),
  /** Those it fits, and among them those where another rule stands before it. */
  met: Type.Integer(),
  behind: Type.Integer(),
  /** The last 20 of those it fits that the caller may see. */
  rows: Type.Array(
    Type.Object({
      job: Type.Integer(),
      queue: Name,
      endedAt: Instant,
      diag: Type.String(),
      /** The rule that stands before it; null = none. */
      behind: nullable(Type.Integer()),
    }),
  ),
  /** False: there was no time to look at all. */
  exact: Type.Boolean(),
  tookMs: Type.Number(),
});
export type PandaRetryTrial = Static<typeof PandaRetryTrial>;

/** Errors that rules can be about: those with a known meaning, and those that happen. */
export const PandaErrorCodes = Type.Object({
  /** Those that happen first, most frequent first. */
  rows: Type.Array(
    Type.Object({
      source: PandaErrorSource,
      code: Type.Integer(),
      meaning: nullable(Type.String()),
      class: Type.Enum(pandaErrorClasses),
      /** Jobs of the last seven days. */
      failed: Type.Integer(),
    }),
  ),
});
export type PandaErrorCodes = Static<typeof PandaErrorCodes>;
