import type { Report } from '../../server/src/panda/report/report.ts';

/** A report as a pilot sends it, with nothing but what a test says. */
export function aReport(wish: Partial<Report> = {}): Report {
  return {
    jobId: 1,
    state: 'running',
    attempt: 1,
    by: 'pilot of a test',
    vos: null,
    node: null,
    schedulerId: null,
    pilotId: null,
    batchId: null,
    subStatus: null,
    startedAt: null,
    endedAt: null,
    facts: {},
    errors: {},
    figures: {},
    jobMetrics: null,
    outputs: '',
    metadata: null,
    pilotLog: null,
    stdout: null,
    ...wish,
  };
}
