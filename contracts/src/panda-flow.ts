/** Is work flowing: live jobs, what started and ended, over everything or one queue. */
import Type, { type Static } from 'typebox';
import { Instant } from './core.ts';
import { PandaJobCounts, type PandaQueueState } from './panda-states.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

export const PandaThroughputQuery = Type.Object({
  queue: Type.Optional(Type.String({ minLength: 1, maxLength: 250 })),
  /** Last minutes, one figure each; 60 when absent. */
  minutes: Type.Optional(Type.Integer({ minimum: 5, maximum: 180 })),
});
export type PandaThroughputQuery = Static<typeof PandaThroughputQuery>;

/** The minutes are whole ones; the one that is under way is left out. */
export const PandaThroughput = Type.Object({
  /** Beginning of the first minute; each list has one figure a minute from there. */
  from: Instant,
  started: Type.Array(Type.Integer()),
  finished: Type.Array(Type.Integer()),
  failed: Type.Array(Type.Integer()),
  /** cancelled and closed */
  stopped: Type.Array(Type.Integer()),
  tookMs: Type.Number(),
});
export type PandaThroughput = Static<typeof PandaThroughput>;

export const PandaOverview = Type.Object({
  /** Live jobs. */
  jobs: PandaJobCounts,
  cores: Type.Object({ running: Type.Integer(), waiting: Type.Integer() }),
  /** Queues by status, downtimes included. */
  queues: Type.Object(
    Object.fromEntries(
      (['online', 'test', 'brokeroff', 'offline', 'paused'] as const).map((state) => [state, Type.Integer()]),
    ) as Record<PandaQueueState, ReturnType<typeof Type.Integer>>,
  ),
  /** Ended per hour over the last 24 hours, oldest first. */
  finished: Type.Array(Type.Integer()),
  failed: Type.Array(Type.Integer()),
  /** Jobs that pilots asked for in the last hour, and those they got. */
  asked: Type.Integer(),
  given: Type.Integer(),
  /** When the oldest job that waits for a pilot became activated. */
  oldestActivatedSince: nullable(Instant),
  tookMs: Type.Number(),
});
export type PandaOverview = Static<typeof PandaOverview>;
