/** Is the cache sound, does upstream answer, what happened last night. */
import Type, { type Static } from 'typebox';
import { HealthRow, Instant, pageOf } from './core.ts';
import { CrdsMirrorSummary, CrdsScrubSummary } from './crds-observatories.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

export const CrdsMirror = Type.Object({
  ...CrdsMirrorSummary.properties,
  /** When upstream was last asked. */
  lastAskedAt: nullable(Instant),
  /** Since when it does not answer as it should; null = it does. */
  failingSince: nullable(Instant),
  lastError: nullable(Type.String()),
  nextAt: nullable(Instant),
  files: Type.Object({
    /** Held here, verified. */
    held: Type.Integer(),
    /** Known, still only with upstream. */
    upstream: Type.Integer(),
    /** Could not be had when they were asked for last. */
    failed: Type.Integer(),
    bytesHeld: Type.Integer(),
  }),
});
export type CrdsMirror = Static<typeof CrdsMirror>;

export const CrdsScrub = Type.Object({
  ...CrdsScrubSummary.properties,
  /** Files whose bytes are read, and how far this round is. */
  files: Type.Integer(),
  bytes: Type.Integer(),
  read: Type.Integer(),
  roundStartedAt: nullable(Instant),
  /** When this round ends at the speed it has. */
  expectedAt: nullable(Instant),
  /** Bytes in the file store that no file of the catalogue needs. */
  orphans: Type.Integer(),
});
export type CrdsScrub = Static<typeof CrdsScrub>;

export const CrdsProblemQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  cursor: Type.Optional(Type.String({ maxLength: 8000 })),
});
export type CrdsProblemQuery = Static<typeof CrdsProblemQuery>;

/** By name of the file. */
export const CrdsProblemPage = pageOf(
  Type.Object({
    name: Type.String(),
    problem: Type.String(),
    foundAt: Instant,
    /** What mends it; a sentence. */
    next: Type.String(),
  }),
);
export type CrdsProblemPage = Static<typeof CrdsProblemPage>;

/** The last nightly report of the observatory. */
export const CrdsReport = Type.Object({
  at: Instant,
  /** One sentence. */
  summary: Type.String(),
  lines: Type.Array(HealthRow),
});
export type CrdsReport = Static<typeof CrdsReport>;
