import type { ErrorSource } from '../jobs/job.ts';
import type { Figures } from './figures.ts';

/** States that a pilot may report (panda-server 1.0.3, VALID_JOB_STATES). */
export const reportStates = ['running', 'failed', 'finished', 'holding', 'starting', 'transferring'] as const;
export type ReportState = (typeof reportStates)[number];

export function isReportState(text: string): text is ReportState {
  return (reportStates as readonly string[]).includes(text);
}

/** What a pilot says of its job at one moment. What it did not say is absent or null. */
export interface Report {
  jobId: number;
  state: ReportState;
  /** Null: the pilot did not say which attempt it speaks of. */
  attempt: number | null;
  /** Who sends it, for the history. */
  by: string;
  /** VOs for which the sender may speak; null = any. */
  vos: readonly string[] | null;
  node: string | null;
  schedulerId: string | null;
  pilotId: string | null;
  batchId: string | null;
  subStatus: string | null;
  startedAt: Date | null;
  endedAt: Date | null;
  /** Texts that seldom change, by their wire names. */
  facts: Readonly<Record<string, string>>;
  /** Part of an error that was sent; the other part stays as it was. */
  errors: Partial<Record<ErrorSource, { code?: number; diag?: string }>>;
  figures: Figures;
  jobMetrics: string | null;
  /** Files it has written, as JSON text in spite of the name `xml`; counts for `finished` and `failed`. */
  outputs: string;
  metadata: string | null;
  pilotLog: string | null;
  /** Tail of the payload's stdout, or what the debug command printed. */
  stdout: string | null;
}

/** What a pilot is answered: commands joined by commas, or `NULL`. */
export interface ReportAnswer {
  command: string;
}
