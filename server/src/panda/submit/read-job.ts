import { JobFields, jobRefused } from './fields.ts';
import type { NewJob } from './job.ts';
import { readFiles } from './read-files.ts';

const million = 1_000_000;
const mostSeconds = 366 * 86_400;

/**
 * A job from the dictionary that pilots get for it (`siteName` or `computingSite` name the queue). PandaID, attempt
 * and counters of the original mean nothing here; what has no place of its own travels as attribute. Throws
 * `panda.job-invalid`.
 */
export function readJob(dictionary: unknown, queue = 'LOCAL'): NewJob {
  if (typeof dictionary !== 'object' || dictionary === null || Array.isArray(dictionary)) {
    throw jobRefused('A job is an object.', 'Write {"transformation": …, "jobPars": …}.');
  }
  const fields = new JobFields(dictionary as Record<string, unknown>);
  fields.skip('StatusCode', 'PandaID', 'nSent', 'resource_type', 'jobStatus', 'secrets', 'pilotSecrets');
  const files = readFiles(fields);
  const label = fields.text('prodSourceLabel', 20) ?? 'user';
  if (!/^[\w.-]+$/.test(label)) {
    throw jobRefused('prodSourceLabel is one word.', 'Write user, managed or test.');
  }
  const taskId = fields.integer('taskID', 0, Number.MAX_SAFE_INTEGER);
  const siteName = fields.text('siteName', 200);
  const cpu = fields.integer('maxCpuCount', 0, mostSeconds);
  return {
    queue: fields.text('computingSite', 200) ?? siteName ?? queue,
    files,
    label,
    name: fields.text('jobName', 512) ?? '',
    processingType: fields.text('processingType', 64),
    workingGroup: fields.text('workingGroup', 64),
    campaign: fields.text('campaign', 64),
    vo: fields.text('VO', 64),
    owner: fields.text('prodUserID', 250),
    taskId: null,
    requestId: fields.integer('reqID', 0, Number.MAX_SAFE_INTEGER) ?? taskId,
    jobsetId: fields.integer('jobsetID', 0, Number.MAX_SAFE_INTEGER),
    attempt: fields.integer('attemptNr', 0, 1000) ?? 1,
    maxAttempt: fields.integer('maxAttempt', -1, 1000),
    cores: Math.max(1, fields.integer('coreCount', 0, million) ?? 1),
    memoryMb: fields.integer('minRamCount', 0, 1000 * million) ?? 0,
    diskMb: fields.integer('maxDiskCount', 0, 1000 * million) ?? 0,
    walltimeSeconds: fields.integer('maxWalltime', 0, mostSeconds) ?? 0,
    cpuSeconds: cpu ?? 0,
    background: fields.flag('background'),
    debug: fields.flag('debug'),
    priority: fields.integer('currentPriority', -million, million),
    share: fields.text('gshare', 64),
    transformation: transformationOf(fields),
    parameters: fields.text('jobPars', million) ?? fields.text('jobParameters', million) ?? '',
    attributes: { ...(taskId === null ? {} : { taskID: taskId }), ...fields.rest() },
  };
}

/**
 * Scripts of this server are named without its address, which depends on who asks: `{server}/trf/…`, `/trf/…` and
 * `trf/…` all mean them. They become whole addresses when a pilot gets the job.
 */
function transformationOf(fields: JobFields): string {
  const text = fields.text('transformation', 1000);
  if (text === null || /\s/.test(text)) {
    throw jobRefused(
      'The job has no transformation.',
      'Give the URL of a script, or /trf/user/… for one of this server.',
    );
  }
  return text.replace(/^\{server\}\//, '/').replace(/^trf\//, '/trf/');
}
