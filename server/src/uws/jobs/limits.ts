import type { Sql, Tx } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import type { Service } from '../service.ts';
import { insertJobs, type NewJob } from './jobs.store.ts';
import { countActive, findUsage, lockUsage } from './usage.store.ts';

/**
 * Makes those of the PENDING jobs for which their owners have room, in one statement; one answer for each, in
 * order. Exact also when several processes do so at the same moment, once `addOwners` was called for them.
 */
export async function insertWithinLimit(
  service: Pick<Service, 'settings'>,
  sql: Sql,
  jobs: readonly NewJob[],
): Promise<Array<null | AppError>> {
  const { maxJobs } = service.settings;
  const made = await insertJobs(sql, jobs, maxJobs);
  return jobs.map(({ jobId }) => (made.has(jobId) ? null : jobsFull(maxJobs)));
}

function jobsFull(maxJobs: number): AppError {
  return new AppError('forbidden', 'uws.jobs-full', `One user may have ${maxJobs} jobs at a time.`, {
    next: 'Delete or archive jobs that are no longer needed.',
    details: { maxJobs },
  });
}

/**
 * Refuses when a job that was QUEUED in this transaction is one too many of its owner's. Others that queue one
 * of the same owner wait until this transaction ends, so that two at once cannot exceed the limit.
 */
export async function demandActiveRoom(
  { settings: { maxActiveJobs } }: Service,
  tx: Tx,
  ownerId: string | null,
): Promise<void> {
  if (maxActiveJobs === 0) return;
  await lockUsage(tx, ownerId);
  if ((await countActive(tx, ownerId)) <= maxActiveJobs) return;
  throw new AppError(
    'forbidden',
    'uws.active-jobs-full',
    `One user may have ${maxActiveJobs} jobs waiting or running at a time.`,
    { next: 'Wait until one has ended, or abort one.', details: { maxActiveJobs } },
  );
}

const bytesPerMb = 1_000_000;

function quotaUsed(quotaMb: number): AppError {
  return new AppError(
    'too-large',
    'uws.upload-quota-used',
    `The inputs of one user's jobs may have ${quotaMb} MB.`,
    { next: 'Delete or archive jobs whose inputs are no longer needed.', details: { quotaMb } },
  );
}

/** Refuses when the inputs written in this transaction are too many bytes for the owner of their job. */
export async function demandInputRoom(
  { settings: { uploadQuotaMb } }: Service,
  tx: Tx,
  ownerId: string | null,
): Promise<void> {
  if (uploadQuotaMb === 0) return;
  const { inputBytes } = await findUsage(tx, ownerId);
  if (inputBytes > uploadQuotaMb * bytesPerMb) throw quotaUsed(uploadQuotaMb);
}

/** A form has boundaries and texts beside its files; texts above this count against the room for a moment. */
const formBytes = 1_048_576;

/** The bytes an owner may still upload. What is admitted here is looked at once more when a job takes it. */
export class UploadRoom {
  readonly #quotaMb: number;
  #bytes: number;

  constructor(bytes: number, quotaMb: number) {
    this.#bytes = bytes;
    this.#quotaMb = quotaMb;
  }

  /** Refuses a body by the length it declares, before its first byte is read. Throws `too-large`. */
  admit(contentLength: string | undefined): void {
    if (Number(contentLength ?? 0) - formBytes > this.#bytes) throw quotaUsed(this.#quotaMb);
  }

  /** Stores a file that may have `maxBytes`, or less where the room is less. */
  async store<F extends { sizeBytes: number | null }>(
    maxBytes: number,
    put: (maxBytes: number) => Promise<F>,
  ): Promise<F> {
    const isTight = this.#bytes < maxBytes;
    try {
      const file = await put(Math.min(maxBytes, this.#bytes));
      this.#bytes -= file.sizeBytes ?? 0;
      // Others were stored at the same moment.
      if (this.#bytes < 0) throw quotaUsed(this.#quotaMb);
      return file;
    } catch (error) {
      const isTooLarge = error instanceof AppError && error.code === 'files.size-exceeded';
      throw isTight && isTooLarge ? quotaUsed(this.#quotaMb) : error;
    }
  }
}

/** What the owner's quota leaves now. */
export async function uploadRoom(
  { core, settings: { uploadQuotaMb } }: Service,
  ownerId: string | null,
): Promise<UploadRoom> {
  if (uploadQuotaMb === 0) return new UploadRoom(Number.POSITIVE_INFINITY, 0);
  const { inputBytes } = await findUsage(core.db.sql, ownerId);
  return new UploadRoom(Math.max(0, uploadQuotaMb * bytesPerMb - inputBytes), uploadQuotaMb);
}
