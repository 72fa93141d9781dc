import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobSeen, Place } from './place.ts';
import type { PilotEnd } from './run-pilot.ts';

/** What one pilot is to meet, and what must be true when it has ended. */
export interface Scenario {
  name: string;
  queue: QueueWish;
  jobs(place: Place): Promise<object[]> | object[];
  label?: string;
  config?: Record<string, string>;
  environment?: Record<string, string>;
  options?(place: Place): readonly string[];
  /** Through the TLS front instead of plain HTTP. */
  https?: boolean;
  /** Beside the pilot, while it runs. */
  meanwhile?(place: Place, jobIds: readonly number[]): Promise<void>;
  check(place: Place, jobs: readonly JobSeen[], end: PilotEnd): Promise<void> | void;
}

export interface QueueWish {
  catchall?: string;
  timefloor?: number;
  pilotFactory?: object;
}

/** A job after the recorded one: writes its words into one output file, and a log. */
export function aJob(
  place: Place,
  name: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const output = `user.tester.${name}.out.txt`;
  const log = `user.tester.${name}.job.log.tgz`;
  return {
    ...place.template,
    jobName: `test.${name}`,
    transformation: place.transformation,
    jobPars: `${output} alpha beta`,
    outFiles: `${output},${log}`,
    logFile: log,
    ...more,
  };
}

/** The same without an output: nothing but the log. */
function logOnly(place: Place, name: string, words: string): Record<string, unknown> {
  const log = `user.tester.${name}.job.log.tgz`;
  return aJob(place, name, {
    jobPars: words,
    outFiles: log,
    logFile: log,
    scopeOut: '',
    realDatasets: 'user.tester.501.log/',
    destinationDblock: 'user.tester.501.log_sub2',
    destinationDBlockToken: 'NULL',
    dispatchDBlockTokenForOut: 'NULL',
    ddmEndPointOut: 'LOCAL_DATADISK',
    fileDestinationSE: 'LOCAL',
  });
}

export function must(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence);
}

export function mustBe(seen: JobSeen | undefined, status: string): JobSeen {
  if (seen === undefined) throw new Error('the job is not there');
  must(
    seen.status === status,
    `job ${seen.jobId} is ${seen.status}, not ${status}: ${JSON.stringify(seen.errors)}`,
  );
  return seen;
}

/** Where the copytool mv puts a file: two pairs of the MD5 of "scope:name". */
export function placeOf(storage: string, scope: string, name: string): string {
  const hash = createHash('md5').update(`${scope}:${name}`).digest('hex');
  return path.join(storage, scope.replaceAll('.', '/'), hash.slice(0, 2), hash.slice(2, 4), name);
}

export async function checkStored(place: Place, job: JobSeen, type: string): Promise<string> {
  const file = job.files.find((one) => one.type === type);
  if (file === undefined) throw new Error(`job ${job.jobId} has no ${type}`);
  must(file.status === 'ready' && file.sizeBytes !== null, `the ${type} ${file.lfn} is ${file.status}`);
  must(/^ad:[0-9a-f]{8}$/.test(file.checksum ?? ''), `the ${type} has the checksum ${file.checksum}`);
  const stored = placeOf(place.storage, 'user.tester', file.lfn);
  must(existsSync(stored), `${stored} is not there`);
  const bytes = await readFile(stored);
  must(bytes.length === file.sizeBytes, `${file.lfn} has ${bytes.length} B, not ${file.sizeBytes}`);
  return bytes.toString('latin1');
}

async function finishesWhole(place: Place, jobs: readonly JobSeen[], end: PilotEnd): Promise<void> {
  must(end.status === 0, `the pilot ended with ${end.status}`);
  for (const job of jobs) {
    mustBe(job, 'finished');
    must((await checkStored(place, job, 'output')).includes('alpha beta'), 'the output has other words');
    await checkStored(place, job, 'log');
  }
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'plain job with stage-out by mv',
    queue: {},
    jobs: (place) => [aJob(place, 'plain')],
    async check(place, jobs, end) {
      await finishesWhole(place, jobs, end);
      const history = jobs[0]?.history.join(' ') ?? '';
      must(/activated sent starting running holding finished$/.test(history), `its history is ${history}`);
    },
  },
  {
    name: 'getJob by curl as a form',
    queue: { catchall: 'curlgetjob' },
    jobs: (place) => [aJob(place, 'curl')],
    check: finishesWhole,
  },
  {
    name: 'HTTPS',
    queue: {},
    https: true,
    jobs: (place) => [aJob(place, 'https', { transformation: place.secureTransformation })],
    check: finishesWhole,
  },
  {
    name: 'failing payload',
    queue: {},
    jobs: (place) => [
      aJob(place, 'failing', { transformation: place.generic, jobPars: '-j "" -r . -p "exit%207"' }),
    ],
    check(_place, [job]) {
      const { errors } = mustBe(job, 'failed');
      must(errors?.pilot?.code === 1305, `pilot error ${JSON.stringify(errors)}`);
      must(errors?.trans?.code === 7, `exit code ${JSON.stringify(errors?.trans)}`);
    },
  },
  {
    name: 'job with nothing but a log',
    queue: {},
    jobs: (place) => [logOnly(place, 'logonly', 'alpha beta')],
    async check(place, [job]) {
      await checkStored(place, mustBe(job, 'finished'), 'log');
    },
  },
  {
    name: 'stage-in',
    queue: {},
    async jobs(place) {
      const source = placeOf(place.storage, 'user.tester', 'numbers.txt');
      await mkdir(path.dirname(source), { recursive: true });
      await writeFile(source, 'one two three\n');
      const inputs = {
        inFiles: 'numbers.txt',
        GUID: '0f1a2b3c-1111-4222-8333-444455557777',
        fsize: '14',
        checksum: `ad:${adler32Of(source)}`,
        scopeIn: 'user.tester',
        ddmEndPointIn: 'LOCAL_DATADISK',
        realDatasetsIn: 'user.tester.input/',
        prodDBlocks: 'user.tester.input/',
        prodDBlockToken: 'NULL',
      };
      return [aJob(place, 'stagein', inputs)];
    },
    options: (place) => ['--input-destination-dir', place.storage],
    check: finishesWhole,
  },
  {
    name: 'kill while running',
    queue: {},
    config: { heartbeat: '10' },
    jobs: (place) => [
      aJob(place, 'killed', { transformation: place.generic, jobPars: '-j "" -r . -p "sleep%20300"' }),
    ],
    async meanwhile(place, [jobId = 0]) {
      await place.until(jobId, ['running'], 120_000);
      await sleep(3000);
      await place.kill(jobId);
    },
    check(_place, [job]) {
      const { errors } = mustBe(job, 'cancelled');
      must(errors?.pilot?.code === 1144, `pilot error ${JSON.stringify(errors)}`);
    },
  },
  {
    name: 'two jobs in one pilot, as a worker of Harvester',
    queue: { timefloor: 2 },
    environment: { HARVESTER_ID: 'orrery', HARVESTER_WORKER_ID: '77' },
    options: () => ['-v', '1'],
    jobs: (place) => [aJob(place, 'first'), aJob(place, 'second')],
    check: finishesWhole,
  },
];

export function adler32Of(file: string): string {
  const program = 'import sys,zlib;print("%08x"%(zlib.adler32(open(sys.argv[1],"rb").read())&0xffffffff))';
  return execFileSync('python3', ['-c', program, file], { encoding: 'utf8' }).trim();
}
