/** Why jobs fail: counted by code, queue, user … over a time. */
import Type, { type Static } from 'typebox';
import { Instant } from './core.ts';
import { PandaErrorSource } from './panda-states.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
const Name = Type.String({ minLength: 1, maxLength: 250 });

/** Whose matter a failure is: of sites and services, or of the payload and what its user asked for. */
export const pandaErrorClasses = ['system', 'user', 'unknown'] as const;
export const PandaErrorClass = Type.Enum(pandaErrorClasses);
export type PandaErrorClass = Static<typeof PandaErrorClass>;

/**
 * `code`, `class`, `queue`, `share`, `label` and `resourceType` come from counters over all jobs. `owner`, `task` and `node` are
 * read from the jobs themselves: those the caller may see.
 */
export const pandaErrorGroups = [
  'code',
  'class',
  'queue',
  'share',
  'label',
  'resourceType',
  'owner',
  'task',
  'node',
] as const;

export const PandaErrorQuery = Type.Object({
  /** `code` when absent. */
  by: Type.Optional(Type.Enum(pandaErrorGroups)),
  /** How far back, in whole hours; 24 when absent. */
  hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 9600 })),
  queue: Type.Optional(Name),
  share: Type.Optional(Name),
  label: Type.Optional(Name),
  errorSource: Type.Optional(PandaErrorSource),
  errorCode: Type.Optional(Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647 })),
  /** Only for groups `code` and `class`. */
  class: Type.Optional(PandaErrorClass),
  /** With `task` not for groups `queue`, `share`, `label` and `resourceType`. */
  owner: Type.Optional(Name),
  task: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
});
export type PandaErrorQuery = Static<typeof PandaErrorQuery>;

export const PandaErrorRow = Type.Object({
  /** The code (`pilot 1305`), or the name of the queue, user … */
  key: Type.String(),
  /** Null unless grouped by code. */
  source: nullable(PandaErrorSource),
  code: nullable(Type.Integer()),
  /** What the code means; null when unknown or not grouped by code. */
  meaning: nullable(Type.String()),
  /** Null unless grouped by code or class. */
  class: nullable(PandaErrorClass),
  failed: Type.Integer(),
  /** Jobs of this group that ended, failed ones included; null when grouped by code. */
  ended: nullable(Type.Integer()),
  /** Core-seconds that the failed ones took. */
  lostCoreSeconds: Type.Number(),
  /** A sample of its texts; null = none. */
  example: nullable(Type.Object({ job: Type.Integer(), diag: Type.String() })),
  /** Failed per hour, oldest first; at most 96 figures, then each stands for several hours. */
  spark: Type.Array(Type.Integer()),
});
export type PandaErrorRow = Static<typeof PandaErrorRow>;

/** Most failed first, at most 200. */
export const PandaErrorSummary = Type.Object({
  rows: Type.Array(PandaErrorRow),
  failed: Type.Integer(),
  ended: Type.Integer(),
  lostCoreSeconds: Type.Number(),
  since: Instant,
  /** Groups that did not fit in. */
  hidden: Type.Integer(),
  /** False when only the last part of the jobs was read. */
  exact: Type.Boolean(),
  tookMs: Type.Number(),
});
export type PandaErrorSummary = Static<typeof PandaErrorSummary>;
