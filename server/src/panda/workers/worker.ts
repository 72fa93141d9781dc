/** States in which a worker has left its batch system. */
export const finalWorkerStates = ['finished', 'failed', 'cancelled', 'missed'] as const;

export function isFinalWorker(status: string): boolean {
  return (finalWorkerStates as readonly string[]).includes(status);
}

/** What a Harvester says of one of its workers. */
export interface WorkerReport {
  workerId: number;
  /** Columns of panda.worker by their names; only those that were given. */
  columns: Readonly<Record<string, string | number | null>>;
  /** Other attributes by their wire names; only those that were given. */
  attributes: Readonly<Record<string, string | number | null>>;
  /** The jobs it runs now, instead of those known; null or empty: the known ones stay. */
  jobIds: readonly number[];
  /** True when this report speaks for the jobs too: those of a final worker have failed. */
  isInSync: boolean;
}

/** A worker as it stands after a report. */
export interface StoredWorker {
  workerId: number;
  status: string;
  errorCode: number | null;
  diagnosis: string | null;
}
