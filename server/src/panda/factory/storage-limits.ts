import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { shortId } from '../../core/ids.ts';
import type { EndpointDocument } from '../queues/endpoints.ts';
import { queueOf } from '../queues/queues.ts';
import { positive } from './pilot-request.ts';
import type { AwaitingJob, StoragePlace } from './storage-place.ts';
import { insertUpload, lockStanding, type Upload } from './storage-use.store.ts';

const mebibyte = 1024 ** 2;
/** So much stays free on a disk that others need as well: the smaller of both. */
const minFree = { bytes: 2 * 1024 ** 3, share: 0.05 };

/**
 * Takes room for a file that is about to come, so that all that come at once fit together. Throws
 * `panda.storage-full` when the endpoint may hold no more, `panda.storage-job-full` when the job may not.
 */
export async function reserve(
  core: Core,
  endpoint: string,
  place: StoragePlace & { document: EndpointDocument },
  job: AwaitingJob,
  bytes: number,
): Promise<Upload> {
  const { file, scope, lfn } = place;
  const uploadId = shortId();
  const upload = {
    uploadId,
    endpoint,
    scope,
    lfn,
    jobId: job.jobId,
    bytes,
    part: `${file}.${uploadId}.part`,
  };
  await demandFreeDisk(file, endpoint, bytes);
  const jobLimit = await limitOf(core, job);
  await core.db.transaction(async (tx) => {
    const { endpointBytes, jobBytes } = await lockStanding(tx, endpoint, place, job.jobId);
    const most = place.document.maxBytes;
    if (most !== undefined && endpointBytes + bytes > most) {
      throw full(endpoint, `it may hold ${most} bytes, ${endpointBytes} are there and ${bytes} would come.`);
    }
    if (jobLimit !== null && jobBytes + bytes > jobLimit) {
      throw new AppError(
        'too-large',
        'panda.storage-job-full',
        `Job ${job.jobId} may store ${jobLimit} bytes; ${jobBytes} are there and ${bytes} would come.`,
        { next: 'Ask for more disk with maxDiskCount of the job, or raise maxwdir of its queue.' },
      );
    }
    await insertUpload(tx, upload);
  });
  return upload;
}

/** Bytes that the outputs of a job may have together: what it asked for, else what its queue gives; null = any. */
async function limitOf(core: Core, { diskMb, queue }: AwaitingJob): Promise<number | null> {
  if (diskMb > 0) return diskMb * mebibyte;
  const most = positive((await queueOf(core, queue))?.document.maxwdir, 0);
  return most === 0 ? null : most * mebibyte;
}

/** Other services of this host write there, too. */
async function demandFreeDisk(file: string, endpoint: string, bytes: number): Promise<void> {
  const space = await spaceOf(path.dirname(file));
  if (space === null) return;
  const free = space.bavail * space.bsize;
  const kept = Math.min(minFree.bytes, space.blocks * space.bsize * minFree.share);
  if (bytes > 0 && free - bytes < kept) throw full(endpoint, `its disk has ${free} bytes free.`);
}

/** Of the nearest folder that is there: that of a new file is made when it comes. */
async function spaceOf(folder: string): Promise<StatsFs | null> {
  const found = await statfs(folder).catch(() => null);
  const above = path.dirname(folder);
  return found ?? (above === folder ? null : spaceOf(above));
}

function full(endpoint: string, why: string): AppError {
  return new AppError(
    'too-large',
    'panda.storage-full',
    `The endpoint ${endpoint.slice(0, 128)} takes no such file: ${why}`,
    { next: 'Operators raise its maxBytes, or delete files and count anew: orrery panda endpoint recount.' },
  );
}
