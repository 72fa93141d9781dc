import type { PandaWorkerRow } from '@orrery/contracts/panda';
import { instantOrNull } from './job-row.wire.ts';
import type { WorkerRow } from './worker.store.ts';

/** A row as the pages get it. */
export function apiWorker(row: WorkerRow): PandaWorkerRow {
  return {
    harvester: row.harvesterId,
    worker: row.workerId,
    batchId: row.batchId,
    queue: row.queue,
    status: row.status,
    pilotStatus: row.pilotStatus,
    resourceType: row.resourceType,
    computingElement: row.computingElement,
    node: row.node,
    cores: row.cores,
    submittedAt: instantOrNull(row.submittedAt),
    startedAt: instantOrNull(row.startedAt),
    endedAt: instantOrNull(row.endedAt),
    modifiedAt: row.modifiedAt.toISOString(),
    errorCode: row.errorCode,
    jobs: row.jobs,
  };
}
