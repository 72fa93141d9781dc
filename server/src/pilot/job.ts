import { flagOf, listOf, numberOf, textOf } from './wire.ts';

/** A file the job reads. */
export interface InputFile {
  lfn: string;
  scope: string;
  endpoint: string;
  sizeBytes: number | null;
  /** `ad:<adler32>` or `md:<md5>`; empty = unknown. */
  checksum: string;
}

/** A file the job leaves, or its log. */
export interface OutputFile {
  lfn: string;
  scope: string;
  endpoint: string;
  /** Given for the log; the pilot makes one for the others. */
  guid: string;
  mayBeMissing: boolean;
}

/** What getJob answered, as far as a pilot needs it. */
export interface PilotJob {
  jobId: string;
  attempt: number;
  taskId: string;
  transformation: string;
  /** The command line behind the transformation. */
  parameters: string;
  inputs: InputFile[];
  outputs: OutputFile[];
  log: OutputFile | null;
  cores: number;
  /** MB; 0 = no limit. */
  memoryMb: number;
  /** Seconds; 0 = no limit. */
  wallSeconds: number;
  checksLooping: boolean;
  isDebug: boolean;
  /** Secrets of the job's owner as JSON text; never logged. */
  secrets: string;
  /** What the job asks for and this pilot cannot do; empty = nothing. */
  beyondUs: string;
}

/** Reads the job dictionary; throws with a sentence when something that no job can do without is missing. */
export function readJob(fields: Readonly<Record<string, unknown>>): PilotJob {
  const jobId = textOf(fields.PandaID);
  const transformation = textOf(fields.transformation);
  if (!/^\d+$/.test(jobId)) throw new Error(`the job has no PandaID, but "${jobId.slice(0, 40)}"`);
  if (transformation === '') throw new Error(`the job ${jobId} names no transformation`);
  const { outputs, log } = readOutputs(fields);
  return {
    jobId,
    attempt: numberOf(fields.attemptNr),
    taskId: textOf(fields.taskID),
    transformation,
    parameters: cleanParameters(textOf(fields.jobPars)),
    inputs: readInputs(fields),
    outputs,
    log,
    cores: Math.max(1, Math.trunc(numberOf(fields.coreCount, 1))),
    memoryMb: numberOf(fields.minRamCount),
    wallSeconds: numberOf(fields.maxWalltime),
    checksLooping: flagOf(fields.loopingCheck, true),
    isDebug: flagOf(fields.debug),
    secrets: textOf(fields.secrets),
    beyondUs: beyondUs(fields),
  };
}

function beyondUs(fields: Readonly<Record<string, unknown>>): string {
  if (textOf(fields.container_name) !== '') return `the container ${textOf(fields.container_name)}`;
  if (flagOf(fields.eventService) || flagOf(fields.isHPO)) return 'the event service';
  return ['preprocess', 'postprocess', 'coprocess'].find((step) => textOf(fields[step]) !== '') ?? '';
}

/** What the pilot itself understands stands in the parameters, too; the transformation is not to see it. */
export function cleanParameters(text: string): string {
  return text
    .replace(/--overwrite(Queue|Storage)[dD]ata[ =]+\{[^{}]*(\{[^{}]*\}[^{}]*)*\}/g, '')
    .replace(/<ZIP_MAP>[\s\S]*?<\/ZIP_MAP>/g, '')
    .trim();
}

function readInputs(fields: Readonly<Record<string, unknown>>): InputFile[] {
  const scopes = listOf(fields.scopeIn);
  const endpoints = listOf(fields.ddmEndPointIn);
  const sizes = listOf(fields.fsize);
  const checksums = listOf(fields.checksum);
  return listOf(fields.inFiles)
    .map((lfn, n) => ({
      lfn,
      scope: scopes[n] ?? '',
      endpoint: endpoints[n] ?? '',
      sizeBytes: /^\d+$/.test(sizes[n] ?? '') ? Number(sizes[n]) : null,
      checksum: checksums[n] ?? '',
    }))
    .filter(({ lfn }) => lfn !== '');
}

/** `outFiles` has the log among the outputs; `scopeOut` has an entry for each output but the log. */
function readOutputs(fields: Readonly<Record<string, unknown>>): Pick<PilotJob, 'outputs' | 'log'> {
  const logName = textOf(fields.logFile);
  const scopes = listOf(fields.scopeOut);
  const endpoints = listOf(fields.ddmEndPointOut);
  const optional = new Set(listOf(fields.allowNoOutput));
  const outputs: OutputFile[] = [];
  let log: OutputFile | null = null;
  for (const [n, lfn] of listOf(fields.outFiles).entries()) {
    if (lfn === '') continue;
    const endpoint = endpoints[n] ?? endpoints.at(-1) ?? '';
    if (lfn === logName) {
      log = {
        lfn,
        scope: textOf(fields.scopeLog),
        endpoint,
        guid: textOf(fields.logGUID),
        mayBeMissing: false,
      };
    } else {
      const scope = scopes[outputs.length] ?? scopes.at(-1) ?? '';
      outputs.push({ lfn, scope, endpoint, guid: '', mayBeMissing: optional.has(lfn) });
    }
  }
  return { outputs, log };
}
