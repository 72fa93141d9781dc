import { secretsMark } from '../creds/job-secrets.ts';
import type { Job } from '../jobs/job.ts';
import {
  type DocumentFile,
  inputLists,
  inputsByDataset,
  listOptional,
  outputLists,
  outputTokens,
} from './document-files.ts';

/** What the dictionary says of the job itself. */
export type DocumentJob = Pick<
  Job,
  | 'jobId'
  | 'taskId'
  | 'jobsetId'
  | 'requestId'
  | 'name'
  | 'attempt'
  | 'label'
  | 'processingType'
  | 'owner'
  | 'priority'
  | 'cores'
  | 'memoryMb'
  | 'diskMb'
  | 'cpuSeconds'
  | 'walltimeSeconds'
  | 'resourceType'
>;

export interface DocumentInput {
  job: DocumentJob;
  /** `jobPars` as submitted. */
  parameters: string;
  /** URL of the script. */
  transformation: string;
  /** The other attributes of the JobSpec by their wire names (`AtlasRelease`, `specialHandling`), or keys of the dictionary itself. */
  attributes: Readonly<Record<string, unknown>>;
  /** In the order of their lists. */
  files: readonly DocumentFile[];
}

/** Words of `specialHandling` (panda-server 1.0.3, `JobSpec._tagForSH`) and the flag each sets in the dictionary. */
const flagTokens = {
  ho: 'isHPO',
  po: 'putLogToOS',
  nc: 'noExecStrCnv',
  if: 'inFilePosEvtNum',
  up: 'usePrefetcher',
  om: 'onSiteMerging',
  eventservice: 'eventService',
  esmerge: 'eventServiceMerge',
} as const;

/** Flags that nothing but an attribute of the same name sets. */
const plainFlags = ['useVP'] as const;

/** Texts and objects that travel as they were given. */
const givenKeys = ['containerOptions', 'scheduler_ip', 'session_ip'] as const;

/**
 * The dictionary that a pilot gets (pilot3 3.11.5.1, `JobData`; panda-server 1.0.3, `Response.appendJob`). Absent texts
 * are the word `NULL`; flags are the text `True` or the key is absent; only `loopingCheck` is a boolean. Made once, when
 * the job is activated; `volatileKeys` are set again at dispatch.
 */
export function makeDocument({
  job,
  parameters,
  transformation,
  attributes,
  files,
}: DocumentInput): Record<string, unknown> {
  const handling = handlingOf(attributes);
  const { text, steps } = splitSteps(parameters);
  const word = (name: string): unknown => filled(attributes[name]) ?? 'NULL';
  return {
    // What a user writes into the parameters never replaces what the server says.
    ...steps,
    StatusCode: 0,
    PandaID: job.jobId,
    taskID: job.taskId ?? word('taskID'),
    jobsetID: job.jobsetId ?? word('jobsetID'),
    jobDefinitionID: word('jobDefinitionID'),
    reqID: job.requestId ?? word('reqID'),
    jobName: job.name === '' ? 'NULL' : job.name,
    attemptNr: job.attempt,
    prodSourceLabel: job.label,
    processingType: job.processingType ?? 'NULL',
    prodUserID: filled(attributes.prodUserID) ?? job.owner,
    cloud: word('cloud'),
    transformation,
    jobPars: handling.has('ej') ? Buffer.from(text).toString('base64') : text,
    swRelease: filled(attributes.AtlasRelease) ?? word('swRelease'),
    homepackage: word('homepackage'),
    // A job in steps has its platform in the steps.
    cmtConfig: steps !== null && filled(attributes.cmtConfig) === undefined ? '' : word('cmtConfig'),
    coreCount: Math.max(1, job.cores),
    minRamCount: job.memoryMb,
    maxDiskCount: job.diskMb,
    maxCpuCount: job.cpuSeconds,
    maxWalltime: job.walltimeSeconds,
    currentPriority: job.priority,
    transferType: word('transferType'),
    sourceSite: word('sourceSite'),
    destinationSE: word('destinationSE'),
    nucleus: word('nucleus'),
    resource_type: job.resourceType,
    ...inputLists(files),
    ...outputLists(files),
    ioIntensity: attributes.ioIntensity ?? null,
    ioIntensityUnit: attributes.ioIntensityUnit ?? null,
    nSent: 0,
    ...switches(attributes, handling, files),
  };
}

/** Keys that stand in the dictionary only when they mean something. */
function switches(
  attributes: DocumentInput['attributes'],
  handling: ReadonlySet<string>,
  files: readonly DocumentFile[],
): Record<string, unknown> {
  const flags = Object.entries(flagTokens)
    .filter(([token, key]) => handling.has(token) || isTrue(attributes[key]))
    .map(([, key]) => [key, 'True']);
  const plain = plainFlags.filter((key) => isTrue(attributes[key])).map((key) => [key, 'True']);
  const wanted: Record<string, unknown> = {
    ...Object.fromEntries([...flags, ...plain]),
    [secretsMark]: handling.has('us') ? 'True' : undefined,
    loopingCheck: handling.has('lc') || isFalse(attributes.loopingCheck) ? false : undefined,
    cloneJob: filled(attributes.cloneJob) ?? cloningOf(handling),
    altStageOut: filled(attributes.altStageOut) ?? wordOf(handling, 'ao'),
    container_name: filled(attributes.container_name),
    writeToFile: filled(attributes.writeToFile) ?? (handling.has('wf') ? inputsByDataset(files) : undefined),
    allowNoOutput: filled(attributes.allowNoOutput) ?? filled(listOptional(files)),
    prodDBlockTokenForOutput: handling.has('eventservice') ? outputTokens(files) : undefined,
    ...Object.fromEntries(givenKeys.map((key) => [key, filled(attributes[key])])),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
}

/** Words of `specialHandling`, with their values (`ao:on`). */
function handlingOf({ specialHandling }: DocumentInput['attributes']): ReadonlySet<string> {
  return new Set(typeof specialHandling === 'string' ? specialHandling.split(',') : []);
}

function wordOf(handling: ReadonlySet<string>, token: string): string | undefined {
  const word = [...handling].find((one) => one.startsWith(`${token}:`));
  return word?.split(':').at(-1);
}

/** How a cloned job is kept to one result: which of the copies may run, or which may store. */
function cloningOf(handling: ReadonlySet<string>): string | undefined {
  const kinds: Record<string, string> = { '1': 'runonce', '2': 'storeonce' };
  return kinds[wordOf(handling, 'sc') ?? ''];
}

const blockStart = '<MULTI_STEP_EXEC>';
const blockEnd = '</MULTI_STEP_EXEC>';

/**
 * Parameters may end in `<MULTI_STEP_EXEC>{…}</MULTI_STEP_EXEC>`: its keys (`preprocess`, `postprocess`, `coprocess`,
 * `containerOptions`) belong to the dictionary and what stands before it is the command line. A block that is no JSON
 * object is left where it is.
 */
export function splitSteps(parameters: string): { text: string; steps: Record<string, unknown> | null } {
  const [text = '', block, more] = parameters.split(blockStart);
  if (block === undefined || more !== undefined || !block.includes(blockEnd)) {
    return { text: parameters, steps: null };
  }
  try {
    const steps: unknown = JSON.parse(block.slice(0, block.indexOf(blockEnd)));
    if (typeof steps === 'object' && steps !== null && !Array.isArray(steps)) {
      return { text, steps: { ...steps } };
    }
  } catch {
    // No JSON: a command line that happens to hold these words.
  }
  return { text: parameters, steps: null };
}

function filled(value: unknown): unknown {
  return value === null || value === undefined || value === '' || value === 'NULL' ? undefined : value;
}

const isTrue = (value: unknown): boolean => value === true || value === 'True';
const isFalse = (value: unknown): boolean => value === false || value === 'False';
