import type { PandaWorker, PandaWorkerJob } from '@orrery/contracts/panda';
import type { Identity } from '../../core/auth/index.ts';
import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { ourHarvester } from '../factory/pilot-run.store.ts';
import { mayManage } from '../harvester/may-manage.ts';
import { queueOf } from '../queues/queues.ts';
import { pandaSettings } from '../settings.ts';
import { isFinalWorker } from '../workers/worker.ts';
import { errorMeaning } from './error-meanings.ts';
import { explainWorker } from './explain-worker.ts';
import { findHeartbeat } from './harvester.store.ts';
import { logsOf } from './job.wire.ts';
import { instantOrNull } from './job-row.wire.ts';
import { sightOf } from './sight.ts';
import { type FoundWorker, findWorker, listWorkerJobs, type WorkerJob } from './worker.store.ts';
import { apiWorker } from './worker.wire.ts';

/** One worker with its jobs, and what is to be said of it. Throws `panda.worker-unknown`. */
export async function describeWorker(
  core: Core,
  identity: Identity,
  harvester: string,
  workerId: number,
): Promise<PandaWorker> {
  const { sql } = core.db;
  const row = await findWorker(sql, harvester, workerId);
  if (row === null)
    throw new AppError('missing', 'panda.worker-unknown', 'There is no such worker.', {
      next: 'See the list of workers.',
    });
  const [jobs, heardAt, mayKill] = await Promise.all([
    listWorkerJobs(sql, harvester, workerId, sightOf(identity)),
    findHeartbeat(sql, harvester),
    mayKillIt(core, identity, row),
  ]);
  const { overdueMinutes } = settingsOf(core.config, 'panda', pandaSettings).harvester;
  return {
    ...apiWorker(row),
    pilotStartedAt: instantOrNull(row.pilotStartedAt),
    pilotEndedAt: instantOrNull(row.pilotEndedAt),
    toldAt: instantOrNull(row.syncedAt),
    syncLevel: row.syncLevel,
    why: explainWorker({
      worker: row,
      jobs,
      harvesterSeenAt: heardAt ?? null,
      overdueMinutes,
      now: core.clock.now(),
    }),
    mayKill,
    mayEnd: row.harvesterId === ourHarvester && !isFinalWorker(row.status) && identity.may('panda.operate'),
    attributes: row.attributes,
    logs: logsOf(row.attributes),
    jobIds: jobs.map(({ jobId }) => jobId),
    ran: jobs.map(apiWorkerJob),
  };
}

async function mayKillIt(core: Core, identity: Identity, row: FoundWorker): Promise<boolean> {
  if (row.harvesterId === ourHarvester || isFinalWorker(row.status)) return false;
  if (!identity.may('panda.production')) return false;
  const queue = await queueOf(core, row.queue);
  return queue === null ? identity.may('panda.operate') : mayManage({ identity }, queue);
}

function apiWorkerJob({
  jobId,
  status,
  errorSource,
  errorCode,
  diag,
  failedByWorker,
}: WorkerJob): PandaWorkerJob {
  return {
    id: jobId,
    status,
    error:
      errorSource === null || errorCode === null
        ? null
        : {
            source: errorSource,
            code: errorCode,
            meaning: errorMeaning(errorSource, errorCode),
            diag: diag ?? '',
          },
    failedByWorker,
  };
}
