import type { JobFile } from '../jobs/file.ts';
import type { JobErrors } from '../jobs/job.ts';
import { readPayloadFiles } from './job-report.ts';
import { findMoreOutputs } from './more-outputs.ts';
import { type ReportedFile, readOutputReport } from './output-report.ts';

/** Everything the outcome of a job depends on, before a plugin has seen it. */
export interface Case {
  label: string;
  errors: JobErrors;
  files: readonly JobFile[];
  /** As the pilot says. */
  state: 'finished' | 'failed';
  report: string;
  /** The payload's own report. */
  metadata: string | null;
  /** Events the pilot counted. */
  nEvents: number | null;
  /** Inputs have been given to another job meanwhile. */
  hasLostInputs: boolean;
}

export interface Judgement {
  state: 'finished' | 'failed';
  /** Errors to add to those the job has. */
  errors: JobErrors;
  /** The files as they are now; without a `fileId` those that are new. */
  files: JudgedFile[];
  /** False: the report could not be used, and no plugin is asked. */
  isReadable: boolean;
}

export type JudgedFile = Omit<JobFile, 'fileId'> & { fileId: number | null; changed: boolean };

/** ddmErrorCode of the adder (panda-server 1.0.3). */
const adderError = 200;

/** taskBufferErrorCode: the worker is gone, so that nobody was left to write a report. */
const workerDone = 300;

const userLabels = ['user', 'panda'];

/**
 * What a job's last report makes of it: which files exist, and whether it finished. Knows nothing of storage. Follows
 * panda-server 1.0.3, `AdderGen`.
 */
export function judge(given: Case): Judgement {
  const unchanged = given.files.map((file) => ({ ...file, changed: false }));
  if (given.hasLostInputs) {
    const diag =
      'inconsistent file status between Panda and JEDI. failed to avoid duplicated processing caused by synchronization failure';
    return failure(unchanged, ddm(diag));
  }
  const outputs = given.files.filter(isOutput);
  if (outputs.length === 0) return { state: given.state, errors: {}, files: unchanged, isReadable: true };
  const inputs = new Set(given.files.filter(({ type }) => type === 'input').map(({ lfn }) => lfn));
  const reported = readOutputReport(given.report, inputs);
  if (reported === null) return failure(unchanged, isExplained(given) ? {} : ddm(unreadable));
  const known = new Set(given.files.map(({ lfn }) => lfn));
  const more = findMoreOutputs(outputs, reported.keys(), known);
  const taken = new Set([...known, ...[...more.values()].flat()]);
  const stranger = [...reported.keys()].find((lfn) => !taken.has(lfn));
  const files = withMore(given.files, more, reported);
  if (stranger !== undefined) {
    return failure(
      files.map((file) => (isOutput(file) ? { ...file, status: 'failed', changed: true } : file)),
      ddm(`pilot produced ${stranger} inconsistently with jobdef`),
    );
  }
  return judgeFiles(given, files, reported);
}

const unreadable = 'Could not get GUID/LFN/MD5/FSIZE/SURL from pilot JSON';

function judgeFiles(
  given: Case,
  files: readonly JudgedFile[],
  reported: ReadonlyMap<string, ReportedFile>,
): Judgement {
  const payload = readPayloadFiles(given.metadata);
  const countedByPilot =
    given.metadata === null && given.state === 'finished' && given.label === 'managed' ? given.nEvents : null;
  const missing: string[] = [];
  const judged = files.map((file): JudgedFile => {
    const entry = reported.get(file.lfn);
    if (file.type === 'input') return entry === undefined ? file : judgeInput(file, given.label);
    if (!isOutput(file)) return file;
    if (given.state === 'failed' && file.type !== 'log') return { ...file, status: 'failed', changed: true };
    if (entry === undefined) {
      if (!file.optional) missing.push(file.lfn);
      return { ...file, status: file.optional ? 'nooutput' : 'failed', changed: true };
    }
    const counted = file.type === 'output' ? countedByPilot : null;
    return {
      ...file,
      status: 'ready',
      changed: true,
      guid: payload.guids.get(file.lfn) ?? entry.guid,
      sizeBytes: entry.sizeBytes,
      checksum: entry.checksum,
      surl: entry.surl,
      endpoint: entry.endpoint ?? file.endpoint,
      nEvents: payload.events.get(file.lfn) ?? counted,
      lfn: entry.fullLfn ?? file.lfn,
    };
  });
  const errors =
    missing[0] === undefined ? {} : ddm(`expected output ${missing[0]} is missing in pilot JSON`);
  const state = given.state === 'failed' || missing.length > 0 ? 'failed' : 'finished';
  return { state, errors, files: judged, isReadable: true };
}

/** An input that the pilot names was not used: users' jobs leave it out, in production it has failed. */
function judgeInput(file: JudgedFile, label: string): JudgedFile {
  return { ...file, status: userLabels.includes(label) ? 'skipped' : 'failed', changed: true };
}

/**
 * One record for each file of a variable number. The first takes the place of the output it belongs to, unless that
 * one was made too.
 */
function withMore(
  files: readonly JobFile[],
  more: ReadonlyMap<JobFile, readonly string[]>,
  reported: ReadonlyMap<string, ReportedFile>,
): JudgedFile[] {
  return files.flatMap((file): JudgedFile[] => {
    const names = more.get(file) ?? [];
    const copies = names.map((lfn) => ({ ...file, lfn, fileId: null, guid: null, changed: true }));
    const [first, ...others] = copies;
    if (first === undefined) return [{ ...file, changed: false }];
    if (reported.has(file.lfn)) return [{ ...file, changed: true }, ...copies];
    return [{ ...first, fileId: file.fileId }, ...others];
  });
}

function failure(files: JudgedFile[], errors: JobErrors): Judgement {
  return { state: 'failed', errors, files, isReadable: false };
}

/** Without a report the job's own error says why; a second one would only hide it. */
function isExplained({ errors }: Case): boolean {
  return (
    (errors.pilot?.code ?? 0) !== 0 ||
    (errors.trans?.code ?? 0) !== 0 ||
    errors.taskBuffer?.code === workerDone
  );
}

function ddm(diag: string): JobErrors {
  return { ddm: { code: adderError, diag: diag.slice(0, 500) } };
}

export function isOutput({ type }: Pick<JobFile, 'type'>): boolean {
  return type === 'output' || type === 'log';
}
