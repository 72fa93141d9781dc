import type { UwsPhase } from '@orrery/contracts/uws';

/** Bytes that belong to a parameter: an upload, or what was fetched from an address. */
export interface InputFile {
  fileName: string;
  mediaType: string;
  /** Null until the address has been fetched, and once the job is archived. */
  hash: string | null;
  /** The hash of what an archived job had here; the bytes are gone. */
  removedHash?: string;
  sizeBytes: number | null;
  /** Where it is fetched from; null for an upload. */
  url: string | null;
  /** The result or input of another job that it was taken from: `orrery:job/…`. */
  from?: string;
}

export interface JobParameter {
  name: string;
  /** As the caller gave it; for uploads the file name. */
  value: string;
  isDefault: boolean;
  files?: InputFile[];
}

export interface JobError {
  type: 'transient' | 'fatal';
  /** One sentence. */
  message: string;
  /** More text for `/error`; null = there is no more. */
  detail: string | null;
}

/** The final phase a job will have once its results are stored. */
export interface Ending {
  phase: 'COMPLETED' | 'ERROR' | 'ABORTED';
  why: string;
  error: JobError | null;
  at: string;
}

/** Where it ran. */
export interface Place {
  backend: string;
  runId: string;
  host: string | null;
  exitCode: number | null;
  signal: string | null;
  peakMemoryBytes: number | null;
  cpuSeconds: number | null;
}

export interface JobResult {
  name: string;
  fileName: string;
  mediaType: string;
  sizeBytes: number;
  hash: string;
}

/** What a list shows of a job. */
export interface JobRow {
  jobId: string;
  definition: string;
  runId: string | null;
  ownerId: string | null;
  phase: UwsPhase;
  phaseSince: Date;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  executionDuration: number;
  destructionAt: Date | null;
  error: JobError | null;
  /** ARCHIVED jobs: when the rest of the job goes; null for the others. */
  removeAt: Date | null;
}

export interface Job extends JobRow {
  definitionId: number;
  parameters: JobParameter[];
  computeRunId: string | null;
  ending: Ending | null;
  place: Place | null;
  /** What can be read now. */
  results: JobResult[];
  /** What an archived job had; empty for the others. */
  removedResults: JobResult[];
  /** SHA-256 of the `internal_provenance.json` that the script left; kept also when the job is archived. */
  internalProvenance: string | null;
  /** The phase an archived job ended in; null for the others. */
  archivedFrom: 'COMPLETED' | 'ERROR' | 'ABORTED' | null;
}

export interface PhaseEntry {
  phase: UwsPhase;
  at: Date;
  why: string;
}

/** Bytes of the files that are kept for these parameters. */
export function inputBytes(parameters: readonly JobParameter[]): number {
  const files = parameters.flatMap((parameter) => parameter.files ?? []);
  return files.reduce((sum, { hash, sizeBytes }) => sum + (hash === null ? 0 : (sizeBytes ?? 0)), 0);
}

/** Under which name the file store keeps `internal_provenance.json` for a job. */
export const internalProvenanceName = 'provenance/internal';

/** Under which name the file store keeps an input for a job. */
export function inputName(parameter: string, index: number): string {
  return `input/${parameter}/${index}`;
}
