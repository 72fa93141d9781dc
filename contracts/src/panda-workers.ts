/** Workers: batch jobs that run pilots, as Harvester or our own factory tells of them. */
import Type, { type Static } from 'typebox';
import { Instant, pageOf } from './core.ts';
import { Why } from './explain.ts';
import { PandaErrorSource } from './panda-states.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
const Name = Type.String({ minLength: 1, maxLength: 250 });

export const PandaWorkerFilter = Type.Object({
  queue: Type.Optional(Name),
  harvester: Type.Optional(Name),
  /** submitted, ready, running, idle, finished, failed, cancelled, missed; may be repeated. */
  status: Type.Optional(Type.Array(Type.String({ maxLength: 80 }))),
  /** Machine that it ran on, without the slot. */
  node: Type.Optional(Name),
});
export type PandaWorkerFilter = Static<typeof PandaWorkerFilter>;

export const PandaWorkerQuery = Type.Object({
  ...PandaWorkerFilter.properties,
  /** 1 to 500; 100 when absent. */
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  cursor: Type.Optional(Type.String({ maxLength: 400 })),
});
export type PandaWorkerQuery = Static<typeof PandaWorkerQuery>;

export const PandaWorkerRow = Type.Object({
  harvester: Type.String(),
  worker: Type.Integer(),
  batchId: nullable(Type.String()),
  queue: Type.String(),
  status: Type.String(),
  /** started or finished, as its pilot says; null = it has said nothing. */
  pilotStatus: nullable(Type.String()),
  resourceType: nullable(Type.String()),
  computingElement: nullable(Type.String()),
  node: nullable(Type.String()),
  cores: nullable(Type.Integer()),
  submittedAt: nullable(Instant),
  startedAt: nullable(Instant),
  endedAt: nullable(Instant),
  modifiedAt: Instant,
  errorCode: nullable(Type.Integer()),
  /** How many jobs it was given. */
  jobs: Type.Integer(),
});
export type PandaWorkerRow = Static<typeof PandaWorkerRow>;

/** Last changed first. */
export const PandaWorkerPage = pageOf(PandaWorkerRow);
export type PandaWorkerPage = Static<typeof PandaWorkerPage>;

/** A job that its pilot got, and that the caller may see. */
export const PandaWorkerJob = Type.Object({
  id: Type.Integer(),
  status: Type.String(),
  error: nullable(
    Type.Object({
      source: PandaErrorSource,
      code: Type.Integer(),
      meaning: nullable(Type.String()),
      diag: Type.String(),
    }),
  ),
  /** The server failed it because its worker had ended. */
  failedByWorker: Type.Boolean(),
});
export type PandaWorkerJob = Static<typeof PandaWorkerJob>;

export const PandaWorker = Type.Object({
  ...PandaWorkerRow.properties,
  /** When its pilot said that it began, and that it ended. */
  pilotStartedAt: nullable(Instant),
  pilotEndedAt: nullable(Instant),
  /** When its Harvester was last told that the pilot is further than it believes. */
  toldAt: nullable(Instant),
  /** 1 = when it is final, its jobs that still run have failed. */
  syncLevel: nullable(Type.Integer()),
  /** What is wrong with it, or what became of it; null = nothing to explain. */
  why: nullable(Why),
  /** The caller may have it killed. */
  mayKill: Type.Boolean(),
  /** It is a pilot that the server started itself, and the caller may end it. */
  mayEnd: Type.Boolean(),
  /** By their wire names: diagMessage, nativeStatus, jdl … */
  attributes: Type.Record(Type.String(), Type.Unknown()),
  /** Addresses of what its batch system wrote. */
  logs: Type.Array(Type.Object({ name: Type.String(), href: Type.String() })),
  /** Its jobs that the caller may see, last first, at most 200. */
  jobIds: Type.Array(Type.Integer()),
  /** The same, with what became of them. */
  ran: Type.Array(PandaWorkerJob),
});
export type PandaWorker = Static<typeof PandaWorker>;
