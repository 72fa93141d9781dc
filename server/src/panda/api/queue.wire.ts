import type { PandaDowntime, PandaQueueRow } from '@orrery/contracts/panda';
import type { Stuck } from '../dispatch/stuck.ts';
import type { Downtime } from '../queues/downtimes.ts';
import type { Queue } from '../queues/queues.store.ts';
import { instantOrNull } from './job-row.wire.ts';
import type { QueueLife } from './queue.store.ts';

export function apiQueueRow(
  queue: Omit<Queue, 'document'>,
  life: QueueLife,
  stuck: Stuck | undefined,
): PandaQueueRow {
  const { lastPilotAt, lastReportAt } = life;
  const isReportLater = lastReportAt !== null && (lastPilotAt === null || lastReportAt > lastPilotAt);
  return {
    queue: queue.queue,
    site: queue.site,
    vo: queue.vo,
    status: queue.status,
    statusReason: queue.statusReason,
    statusSince: queue.statusSince.toISOString(),
    statusBy: queue.statusBy,
    jobs: life.jobs,
    finished: life.finished,
    failed: life.failed,
    asked: life.asked,
    given: life.given,
    lastPilotAt: instantOrNull(lastPilotAt),
    lastActivityAt: instantOrNull(isReportLater ? lastReportAt : lastPilotAt),
    downtimeUntil: instantOrNull(life.downtimeUntil),
    stuck: stuck ?? null,
    version: queue.version,
    modifiedAt: queue.modifiedAt.toISOString(),
  };
}

export function apiDowntime(downtime: Downtime): PandaDowntime {
  return {
    id: downtime.downtimeId,
    queue: downtime.queue,
    startsAt: downtime.startsAt.toISOString(),
    endsAt: downtime.endsAt.toISOString(),
    status: downtime.status,
    reason: downtime.reason,
    by: downtime.createdBy,
  };
}
