import { needed, optional, type Parameters } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import { Fields } from '../front/fields.ts';
import { pilotVos } from '../front/pilot-vos.ts';
import { figures, readFigures } from './figures.ts';
import { isReportState, type Report } from './report.ts';

/** Arguments that are texts or codes: legacy name, v1 name, and how v1 declares it. */
const texts = [
  ['xml', 'job_output_report', optional('str', '')],
  ['node', 'node', optional('str')],
  ['cpuConsumptionUnit', 'cpu_consumption_unit', optional('str')],
  ['schedulerID', 'scheduler_id', optional('str')],
  ['pilotID', 'pilot_id', optional('str')],
  ['siteName', 'site_name', optional('str')],
  ['pilotLog', 'pilot_log', optional('str', '')],
  ['metaData', 'meta_data', optional('str', '')],
  ['cpuConversionFactor', 'cpu_conversion_factor', optional(['float', 'int'])],
  ['transExitCode', 'trans_exit_code', optional('int')],
  ['pilotErrorCode', 'pilot_error_code', optional('int')],
  ['pilotErrorDiag', 'pilot_error_diag', optional('str')],
  ['exeErrorCode', 'exe_error_code', optional('int')],
  ['exeErrorDiag', 'exe_error_diag', optional('str')],
  ['pilotTiming', 'pilot_timing', optional('str')],
  ['startTime', 'start_time', optional('str')],
  ['endTime', 'end_time', optional('str')],
  ['batchID', 'batch_id', optional('str')],
  ['attemptNr', 'attempt_nr', optional('int')],
  ['jobMetrics', 'job_metrics', optional('str')],
  ['stdout', 'stdout', optional('str', '')],
  ['jobSubStatus', 'job_sub_status', optional('str')],
  ['corruptedFiles', 'corrupted_files', optional('str')],
  ['cpu_architecture_level', 'cpu_architecture_level', optional('str')],
  ['grid', 'grid', optional('str')],
  ['source_site', 'source_site', optional('str')],
  ['destination_site', 'destination_site', optional('str')],
] as const;

/** Arguments of `POST /api/v1/pilot/update_job`. */
export const updateJobParameters: Parameters = {
  job_id: needed('int'),
  job_status: needed('str'),
  ...Object.fromEntries(texts.map(([, v1, parameter]) => [v1, parameter])),
  ...Object.fromEntries(figures.map(({ v1 }) => [v1, optional(['int', 'float'])])),
  timeout: optional('int', 60),
};

const legacyNames = new Map<string, string>([
  ['job_id', 'jobId'],
  ['job_status', 'state'],
  ...texts.map(([legacy, v1]) => [v1, legacy] as const),
  ...figures.map(({ legacy, v1 }) => [v1, legacy] as const),
]);

/** The arguments of v1 under their legacy names, so that one reader serves both. */
export function fieldsOfV1(values: Readonly<Record<string, unknown>>): Fields {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined) continue;
    fields.set(
      legacyNames.get(name) ?? name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    );
  }
  return new Fields(fields);
}

/** Facts of a report: wire name under which it is kept, argument, longest text (panda-server, columns of jobsActive4). */
const factLimits = [
  ['cpuConsumptionUnit', 'cpuConsumptionUnit', 128],
  ['cpuConversion', 'cpuConversionFactor', 40],
  ['cpu_architecture_level', 'cpu_architecture_level', 20],
  ['pilotTiming', 'pilotTiming', 100],
  ['grid', 'grid', 50],
  ['sourceSite', 'source_site', 36],
  ['destinationSite', 'destination_site', 36],
] as const;

const largestInteger = 2_147_483_647;

/** Why a report cannot be taken. */
export class ReportRefusal extends Error {
  /** `state`: the job's state is none that pilots report. */
  readonly what: 'job' | 'state';

  constructor(what: 'job' | 'state', message: string) {
    super(message);
    this.what = what;
  }
}

/**
 * Reads a report. Texts are cut to the limits of the reference, numbers that are none are passed over, as are times
 * that are not `YYYY-MM-DD HH:MM:SS` (pilot3 3.11.5.1 sends seconds since 1970, which the reference ignores too).
 * Throws ReportRefusal.
 */
export function readReport(fields: Fields, caller: Caller, generation: 'legacy' | 'v1'): Report {
  const jobId = fields.integer('jobId');
  if (jobId === undefined || jobId < 1) throw new ReportRefusal('job', 'jobId must be the number of a job');
  const state = fields.text('state') ?? '';
  if (!isReportState(state)) throw new ReportRefusal('state', `Invalid job status: ${state.slice(0, 100)}`);
  const attempt = fields.integer('attemptNr') ?? null;
  return {
    jobId,
    state,
    // A number that no attempt can have: a wrong one.
    attempt: attempt !== null && Math.abs(attempt) > largestInteger ? -1 : attempt,
    by: `pilot of ${caller.identity.name}`,
    vos: pilotVos(caller.identity),
    node: cut(fields, 'node', 128),
    schedulerId: cut(fields, 'schedulerID', 128),
    pilotId: cut(fields, 'pilotID', 200),
    batchId: cut(fields, 'batchID', 80),
    subStatus: cut(fields, 'jobSubStatus', 80),
    startedAt: readInstant(fields.text('startTime')),
    endedAt: readInstant(fields.text('endTime')),
    facts: readFacts(fields),
    errors: readErrors(fields),
    figures: readFigures(fields, generation),
    jobMetrics: cut(fields, 'jobMetrics', 500),
    outputs: clean(fields.text('xml') ?? ''),
    metadata: cut(fields, 'metaData'),
    pilotLog: cut(fields, 'pilotLog', 1_000_000),
    stdout: cut(fields, 'stdout', 2048),
  };
}

/** PostgreSQL takes no NUL in a text, and JSON no half of a surrogate pair. */
function clean(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/** The text, cut; null when it is empty. */
function cut(fields: Fields, name: string, most = Number.POSITIVE_INFINITY): string | null {
  const text = fields.text(name);
  if (text === undefined || text === '' || text === 'NULL') return null;
  return clean(text.length > most ? text.slice(0, most) : text) || null;
}

function readInstant(text: string | undefined): Date | null {
  if (text === undefined || !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return null;
  const instant = new Date(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(instant.getTime()) || instant.getUTCFullYear() < 1970 ? null : instant;
}

function readFacts(fields: Fields): Record<string, string> {
  const facts: Record<string, string> = {};
  for (const [kept, name, most] of factLimits) {
    const text = cut(fields, name, most);
    if (text !== null) facts[kept] = text;
  }
  return facts;
}

/**
 * A negative pilot error says that the job may be tried again; its number is kept without the sign, and what may be
 * tried again is decided by number.
 */
function readErrors(fields: Fields): Report['errors'] {
  const codeOf = (name: string): { code?: number } => {
    const code = fields.integer(name);
    if (code === undefined) return {};
    const positive = name === 'pilotErrorCode' ? Math.abs(code) : code;
    return { code: Math.max(-largestInteger, Math.min(positive, largestInteger)) };
  };
  const diagOf = (name: string): { diag?: string } => {
    const text = fields.text(name);
    return text === undefined ? {} : { diag: clean(text.slice(0, 500)) };
  };
  return {
    pilot: { ...codeOf('pilotErrorCode'), ...diagOf('pilotErrorDiag') },
    exe: { ...codeOf('exeErrorCode'), ...diagOf('exeErrorDiag') },
    trans: codeOf('transExitCode'),
  };
}
