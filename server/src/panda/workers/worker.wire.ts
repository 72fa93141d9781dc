import { entriesOf, readId, readInstant, readInteger, readText } from '../front/values.ts';
import type { WorkerReport } from './worker.ts';

/** Harvester sends some hundreds at a time; more in one message would hold the rows of all for too long. */
export const maxWorkers = 5000;
const maxJobsOfWorker = 1000;

type Read = (value: unknown) => string | number | null;
const text =
  (limit: number): Read =>
  (value) =>
    readText(value, limit);
const whole: Read = (value) => readInteger(value);
const instant: Read = (value) => readInstant(value)?.toISOString() ?? null;

/** Wire name → column. */
const columns: Readonly<Record<string, [name: string, read: Read]>> = {
  batchID: ['batch_id', text(80)],
  computingSite: ['queue', text(128)],
  status: ['status', text(80)],
  resourceType: ['resource_type', text(56)],
  computingElement: ['computing_element', text(128)],
  nodeID: ['node', text(80)],
  nCore: ['cores', whole],
  submitTime: ['submitted_at', instant],
  startTime: ['started_at', instant],
  endTime: ['ended_at', instant],
  syncLevel: ['sync_level', whole],
  errorCode: ['error_code', whole],
};

const attributes: Readonly<Record<string, Read>> = {
  queueName: text(60),
  jobType: text(10),
  stdOut: text(250),
  stdErr: text(250),
  batchLog: text(250),
  jdl: text(250),
  nativeExitCode: whole,
  nativeStatus: text(80),
  diagMessage: text(500),
  nJobs: whole,
  submissionHost: text(255),
  harvesterHost: text(255),
  minRamCount: whole,
};

/** One worker of `updateWorkers` (Harvester, `convert_to_propagate`); null when it does not say which it is. */
export function readWorker(value: unknown): WorkerReport | null {
  const entries = entriesOf(value);
  const given = new Map(entries);
  const workerId = readId(given.get('workerID'));
  if (workerId === null) return null;
  const jobIds = given.get('pandaid_list');
  return {
    workerId,
    columns: Object.fromEntries(
      entries.flatMap(([name, one]) => {
        const known = Object.hasOwn(columns, name) ? columns[name] : undefined;
        return known === undefined ? [] : [[known[0], known[1](one)]];
      }),
    ),
    attributes: Object.fromEntries(
      entries.flatMap(([name, one]) => {
        const read = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
        return read === undefined ? [] : [[name, read(one)]];
      }),
    ),
    jobIds: readJobIds(jobIds),
    isInSync: readInteger(given.get('syncLevel')) === 1,
  };
}

function readJobIds(value: unknown): number[] {
  if (!Array.isArray(value)) return [];
  const ids = value.slice(0, maxJobsOfWorker).map(readId);
  return [...new Set(ids.filter((id) => id !== null))];
}

/** Reports of the same worker in one message, the later over the earlier, in the order of their ids. */
export function mergeReports(reports: readonly WorkerReport[]): WorkerReport[] {
  const merged = new Map<number, WorkerReport>();
  for (const report of reports) {
    const known = merged.get(report.workerId);
    merged.set(report.workerId, known === undefined ? report : mergeTwo(known, report));
  }
  return [...merged.values()].sort((a, b) => a.workerId - b.workerId);
}

function mergeTwo(earlier: WorkerReport, later: WorkerReport): WorkerReport {
  return {
    workerId: later.workerId,
    columns: { ...earlier.columns, ...later.columns },
    attributes: { ...earlier.attributes, ...later.attributes },
    jobIds: later.jobIds.length === 0 ? earlier.jobIds : later.jobIds,
    isInSync: later.isInSync,
  };
}
