/** The words for states and sources of errors, as the wire has them. */
import Type, { type Static } from 'typebox';

/** In the order a job passes through them. */
export const pandaJobStates = [
  'pending',
  'waiting',
  'defined',
  'assigned',
  'activated',
  'throttled',
  'sent',
  'starting',
  'stagein',
  'running',
  'stageout',
  'holding',
  'merging',
  'transferring',
  'finished',
  'failed',
  'cancelled',
  'closed',
] as const;
export const PandaJobState = Type.Enum(pandaJobStates);
export type PandaJobState = Static<typeof PandaJobState>;

/** Nothing comes after these. */
export const pandaFinalStates: readonly PandaJobState[] = ['finished', 'failed', 'cancelled', 'closed'];

export const pandaQueueStates = ['online', 'test', 'brokeroff', 'offline', 'paused'] as const;
export const PandaQueueState = Type.Enum(pandaQueueStates);
export type PandaQueueState = Static<typeof PandaQueueState>;

/** Who reports an error: `trans` is the exit code of the payload. */
export const pandaErrorSources = [
  'pilot',
  'exe',
  'sup',
  'ddm',
  'brokerage',
  'jobDispatcher',
  'taskBuffer',
  'trans',
] as const;
export const PandaErrorSource = Type.Enum(pandaErrorSources);
export type PandaErrorSource = Static<typeof PandaErrorSource>;

/** Jobs by state; a state without jobs is left out. */
export const PandaJobCounts = Type.Partial(
  Type.Object(
    Object.fromEntries(pandaJobStates.map((state) => [state, Type.Integer()])) as Record<
      PandaJobState,
      ReturnType<typeof Type.Integer>
    >,
  ),
);
export type PandaJobCounts = Partial<Record<PandaJobState, number>>;
