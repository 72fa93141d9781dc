import type {
  PandaErrorSummary,
  PandaJob,
  PandaJobRow,
  PandaJobState,
  PandaOverview,
  PandaQueue,
  PandaQueueRow,
  PandaQueueSchema,
  PandaQueueVersion,
  PandaResourceTypeList,
  PandaShareTree,
  PandaThroughput,
  PandaWorker,
  PandaWorkerRow,
  Why,
} from '@orrery/contracts';
import { now } from './fixtures.ts';

const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const ahead = (seconds: number) => new Date(now + seconds * 1000).toISOString();

/** How many jobs the canned list has, and the id of the newest. */
export const jobTotal = 100_000;
export const newestJob = 4_118_234;
const statusCycle: PandaJobState[] = [
  'finished',
  'finished',
  'running',
  'failed',
  'activated',
  'finished',
  'holding',
  'running',
  'sent',
  'transferring',
];
const queueNames = ['LOCAL', 'CLUSTER-A', 'CLUSTER-B', 'HPC-GPU'];
const outOfMemory = {
  source: 'pilot' as const,
  code: 1212,
  meaning: 'Payload ran out of memory',
  diag: 'Payload ran out of memory: 3.9 GB of 2 GB; killed by the kernel',
};

/** Row `index` of the list, 0 = newest; always the same for the same index. */
export function jobRow(index: number): PandaJobRow {
  const status = statusCycle[(index * 7) % statusCycle.length] as PandaJobState;
  const created = now - 4000 - index * 3100;
  const begun = !['activated', 'sent'].includes(status);
  const ended = ['finished', 'failed'].includes(status);
  return {
    id: newestJob - index,
    name: `user.a.duarte.wfss_extract.v${(index % 9) + 1}.${String(index).padStart(6, '0')}`,
    status,
    statusSince: new Date(created + 900).toISOString(),
    subStatus: null,
    task: 10_000_000 + (index % 40),
    queue: queueNames[index % queueNames.length] as string,
    owner: index % 3 === 0 ? 'op' : 'a.duarte',
    vo: 'local',
    workingGroup: null,
    label: 'user',
    processingType: 'panda-client',
    share: index % 2 === 0 ? 'User Analysis' : 'Production',
    resourceType: 'SCORE',
    cores: 1,
    priority: 900 + (index % 100),
    attempt: (index % 3) + 1,
    maxAttempt: 3,
    node: begun ? `slot1@n${String(index % 400).padStart(4, '0')}` : null,
    createdAt: new Date(created).toISOString(),
    startedAt: begun ? new Date(created + 900).toISOString() : null,
    endedAt: ended ? new Date(created + 900 + (index % 900) * 1000).toISOString() : null,
    modifiedAt: new Date(created + 2000).toISOString(),
    deadline: ended ? null : status === 'activated' && index % 40 === 12 ? ago(1920) : ahead(7200),
    overdue: status === 'activated' && index % 40 === 12,
    error: status === 'failed' ? outOfMemory : null,
  };
}

const history: PandaJob['history'] = [
  ['defined', 1, 3600, 'submitted by a.duarte', 'a.duarte'],
  ['activated', 1, 3598, 'its inputs are in place', 'setup'],
  ['sent', 1, 3547, 'given to a pilot on n0417', 'dispatch'],
  ['running', 1, 3545, 'the pilot reported it', 'pilot'],
  ['activated', 2, 2900, 'the pilot was not heard of for 2 h; tried again', 'watch'],
  ['sent', 2, 2300, 'given to a pilot on n0311', 'dispatch'],
  ['starting', 2, 2298, 'the pilot reported it', 'pilot'],
  ['running', 2, 2290, 'the pilot reported it', 'pilot'],
].map(([status, attempt, seconds, why, by]) => ({
  status: status as PandaJobState,
  attempt: Number(attempt),
  at: ago(Number(seconds)),
  queue: 'LOCAL',
  node: Number(seconds) < 3000 ? 'slot1@n0311' : 'slot1@n0417',
  why: String(why),
  by: String(by),
}));

const file = (given: Partial<PandaJob['files'][number]> & { id: number; lfn: string }) => ({
  type: 'output' as const,
  scope: 'user.a.duarte',
  dataset: 'user.a.duarte.wfss_extract.v4_out',
  guid: '0f1a2b3c-1111-4222-8333-444455556666',
  status: 'ready',
  sizeBytes: null,
  checksum: null,
  endpoint: 'LOCAL_DATADISK',
  surl: null,
  events: null,
  ...given,
});

/** A job that runs, in debug mode, in its second attempt. */
export const runningJob: PandaJob = {
  ...jobRow(6),
  id: 4_118_231,
  status: 'running',
  statusSince: ago(2290),
  attempt: 2,
  queue: 'LOCAL',
  owner: 'a.duarte',
  createdAt: ago(3600),
  startedAt: ago(2298),
  endedAt: null,
  deadline: ahead(4900),
  overdue: false,
  error: null,
  statusWhy: 'the pilot reported it',
  changedBy: 'pilot',
  live: true,
  request: null,
  jobset: 77,
  assignedPriority: 1000,
  memoryMb: 2000,
  diskMb: 4000,
  walltimeSeconds: 7200,
  cpuSeconds: 0,
  hs06: 10,
  background: false,
  command: null,
  debug: true,
  scheduler: 'orrery-LOCAL',
  pilot: 'orrery/1 LOCAL',
  batchId: '48211.0',
  computingElement: 'ce1.example.org',
  sentCount: 2,
  reported: false,
  transformation: 'http://scops.example.org/trf/user/runGen-00-00-02',
  parameters: "-j '' -r ./ -p 'wfss_extract --tile %IN' -o \"{'out.fits': 'user.a.duarte.000004.out.fits'}\"",
  errors: [],
  history,
  files: [
    file({
      id: 1,
      type: 'input',
      lfn: 'jw02079004001_03101_00001_nrs1_rate.fits',
      scope: 'jwst',
      dataset: 'jw02079.nirspec.rate/',
      sizeBytes: 33_600_000,
      checksum: 'ad:0fa31c9e',
    }),
    file({ id: 2, lfn: 'user.a.duarte.000004.out.fits' }),
    file({
      id: 3,
      type: 'log',
      lfn: 'user.a.duarte.000004.log.tgz',
      dataset: 'user.a.duarte.wfss_extract.v4_log',
    }),
  ],
  metrics: {
    heartbeatAt: ago(41),
    reports: 4,
    cpuSeconds: 2011,
    cpuEfficiency: 0.883,
    meanCores: 0.91,
    events: 412,
    maxRssKb: 1_822_112,
    maxVmemKb: 4_100_220,
    maxSwapKb: 0,
    maxPssKb: 1_790_004,
    avgRssKb: 1_402_880,
    avgVmemKb: 3_900_100,
    avgSwapKb: 0,
    avgPssKb: 1_380_300,
    readBytesKb: 41_000,
    writtenBytesKb: 9200,
    memoryLeak: 0.4,
  },
  workers: [
    {
      harvester: 'orrery-factory',
      worker: 902,
      batchId: '48211.0',
      status: 'running',
      node: 'n0311',
      computingElement: 'ce1.example.org',
      submittedAt: ago(2360),
      startedAt: ago(2310),
      endedAt: null,
      logs: [{ name: 'stdout', href: 'http://logs.example.org/902.out' }],
    },
  ],
  texts: [],
  attributes: {
    PandaID: 4_118_231,
    jobStatus: 'running',
    computingSite: 'LOCAL',
    prodSourceLabel: 'user',
    maxAttempt: 3,
    specialHandling: 'ei',
  },
  promise: {
    now: 'The payload runs on n0311; the pilot was heard of 41 s ago.',
    next: 'The pilot stores the outputs and reports its end.',
    expected: { at: ahead(840), source: 'median of 212 jobs of this task' },
    otherwise: 'Without a heartbeat for 2 h it is tried once more, for the last time.',
  },
  acts: { kill: true, retry: false, debug: true, command: true, priority: true },
};

/** A job whose last attempt ran out of memory. */
export const failedJob: PandaJob = {
  ...runningJob,
  id: 4_118_228,
  status: 'failed',
  attempt: 3,
  endedAt: ago(124),
  deadline: null,
  error: outOfMemory,
  live: false,
  debug: false,
  errors: [outOfMemory, { source: 'trans', code: 137, meaning: null, diag: 'payload exit code 137' }],
  history: [
    ...history,
    {
      status: 'failed',
      attempt: 2,
      at: ago(124),
      queue: 'LOCAL',
      node: 'slot1@n0311',
      why: 'the pilot reported that the payload ran out of memory',
      by: 'adder',
    },
  ],
  texts: [{ kind: 'pilot-log', characters: 6200, at: ago(124) }],
  promise: null,
  acts: { kill: false, retry: true, debug: false, command: false, priority: false },
};

/** A job that waits for a pilot which does not come. */
export const waitingJob: PandaJob = {
  ...runningJob,
  ...jobRow(12),
  id: 4_118_222,
  status: 'activated',
  queue: 'CLUSTER-A',
  startedAt: null,
  endedAt: null,
  deadline: ago(1920),
  overdue: true,
  node: null,
  pilot: null,
  batchId: null,
  debug: false,
  history: history.slice(0, 2),
  metrics: null,
  workers: [],
  promise: {
    now: 'Waits in CLUSTER-A for a pilot.',
    next: 'A pilot takes it; 38 jobs stand before it.',
    expected: { at: ago(1920), source: 'jobs of this share wait 14 min here' },
    otherwise: 'After 7 d it is closed and its files go back to the task.',
  },
  acts: { kill: true, retry: false, debug: true, command: false, priority: true },
};

export const jobs: readonly PandaJob[] = [runningJob, failedJob, waitingJob];

export const failedWhy: Why = {
  question: 'Why did it fail?',
  answer: 'The payload ran out of memory: 3.9 GB of 2 GB.',
  evidence: [
    { face: 'bad', text: 'The pilot reported 1212.', value: 'Payload ran out of memory' },
    { face: 'bad', text: 'Most resident memory', value: '3.9 GB of 2 GB' },
    { face: 'good', text: 'Its input was staged in.', value: '33.6 MB' },
  ],
  acts: [
    {
      label: 'Retry with 4 GB',
      method: 'POST',
      href: '/api/panda/jobs/4118228/retry',
      body: { memoryMb: 4000 },
    },
    { label: 'Jobs with this error', method: 'GET', href: '/ui/work/jobs?q=error%3Apilot%3A1212' },
  ],
};

export const waitingWhy: Why = {
  question: 'Why does it wait?',
  answer: `No pilot has asked for work at CLUSTER-A since ${ago(2820)}.`,
  evidence: [
    { face: 'bad', text: 'CLUSTER-A: no pilot asks', value: '47 min' },
    { face: 'good', text: 'It fits the queue: memory, cores, time', value: '2 of 4 GB' },
    { face: 'waiting', text: 'Jobs of its share before it', value: '38' },
    { face: 'stopped', text: 'CLUSTER-B is not tried: paused', value: 'disk swap until 04:00' },
  ],
  acts: [
    { label: 'Look at the queue', method: 'GET', href: '/ui/work/queues/CLUSTER-A' },
    { label: 'Kill', method: 'POST', href: '/api/panda/jobs/4118222/kill' },
  ],
};

export const pilotLog = Array.from({ length: 120 }, (_, line) =>
  line === 101
    ? '2026-11-22 02:16:30,112 | CRITICAL | pilot.control.payload | payload ran out of memory'
    : `2026-11-22 02:${String(10 + Math.floor(line / 20))}:${String(line % 60).padStart(2, '0')},004 | INFO     | pilot.control.job | line ${line}`,
).join('\n');

export const queueRows: PandaQueueRow[] = [
  ['LOCAL', 'online', 'seeded at the first start', 4, 812, 3, 12],
  ['CLUSTER-A', 'online', 'set by op', 1204, 0, 0, 2820],
  ['CLUSTER-B', 'paused', 'disk swap until 04:00', 0, 16, 0, 1320],
  ['HPC-GPU', 'test', 'driver 560 is tried out', 12, 2, 1, 8],
  ['OLD-FARM', 'offline', 'switched off for good', 0, 0, 0, 864_000],
].map(([queue, status, reason, activated, running, pilots, seen]) => ({
  queue: String(queue),
  site: `${queue}-SITE`,
  vo: queue === 'HPC-GPU' ? 'jwst' : null,
  status: status as PandaQueueRow['status'],
  statusReason: String(reason),
  statusSince: ago(9000),
  statusBy: 'op',
  jobs: {
    ...(Number(activated) > 0 ? { activated: Number(activated) } : {}),
    ...(Number(running) > 0 ? { running: Number(running), holding: 3 } : {}),
  },
  finished: Number(running) * 2,
  failed: queue === 'CLUSTER-B' ? 88 : 1,
  asked: Number(pilots) * 1200,
  given: Number(pilots) * 210,
  lastPilotAt: ago(Number(seen)),
  lastActivityAt: ago(Number(seen)),
  downtimeUntil: queue === 'CLUSTER-B' ? ahead(6080) : null,
  stuck:
    queue === 'LOCAL'
      ? {
          jobs: 1,
          job: 4_118_222,
          why: '1 job waits that no pilot can take: it asks for 512 cores and a pilot has 8',
        }
      : null,
  version: 7,
  modifiedAt: ago(9000),
}));

export const queueDocument = {
  nickname: 'CLUSTER-A',
  panda_resource: 'CLUSTER-A',
  atlas_site: 'CLUSTER-A-SITE',
  state: 'ACTIVE',
  status: 'online',
  type: 'unified',
  corecount: 8,
  maxrss: 16_000,
  maxwdir: 40_000,
  maxtime: 172_800,
  container_type: '',
  copytools: { mv: {} },
  params: { internet_protocol_version: 'IPv4' },
};

export const queueWhy: Why = {
  question: 'Why does it take no work?',
  answer: `No pilot has asked for work since ${ago(2820)}; 1 204 jobs wait.`,
  evidence: [
    { face: 'good', text: 'The queue is online.', value: 'since 23:48' },
    { face: 'bad', text: 'Its factory could start none: the partition meso is drained.', value: '0 of 20' },
    { face: 'good', text: 'Jobs that would fit a pilot', value: '1 204' },
  ],
  acts: [{ label: 'Jobs that wait here', method: 'GET', href: '/ui/work/jobs?q=queue%3ACLUSTER-A' }],
};

export const queue: PandaQueue = {
  ...(queueRows[1] as PandaQueueRow),
  document: queueDocument,
  setStatus: 'online',
  versions: [7, 6, 5, 4].map((version) => ({
    version,
    at: ago(9000 * (8 - version)),
    by: version === 4 ? 'system' : 'op',
    why: version === 4 ? 'made' : version === 7 ? 'more memory since the upgrade' : 'limits as measured',
    status: 'online' as const,
  })),
  downtimes: [
    {
      id: 11,
      queue: 'CLUSTER-A',
      startsAt: ahead(90_000),
      endsAt: ahead(104_400),
      status: 'brokeroff',
      reason: 'kernel update of the worker nodes',
      by: 'op',
    },
    {
      id: 12,
      queue: 'CLUSTER-A',
      startsAt: ahead(700_000),
      endsAt: ahead(786_400),
      status: 'offline',
      reason: 'power work in hall 2',
      by: 'op',
    },
  ],
  byShare: [
    { share: 'User Analysis', jobs: { activated: 804 } },
    { share: 'Production', jobs: { activated: 400 } },
  ],
  why: queueWhy,
  factory: {
    backend: 'slurm-meso',
    wanted: 20,
    alive: 0,
    queued: 0,
    max: 40,
    pausedUntil: null,
    why: 'The partition meso is drained since 01:31; the next try is in 40 s.',
    pilot: 'own',
    isolation: {
      isSafe: false,
      why: "vm allows no user namespaces within runs, so a hostile job can read the token in its pilot's memory and, with it, take and report jobs of astro until the pilot ends. Allow user namespaces there, or set kernel.yama.ptrace_scope to 1.",
    },
    lastStartedAt: ago(2900),
  },
  acts: { change: true },
};

export const queueVersion: PandaQueueVersion = {
  version: 6,
  at: ago(18_000),
  by: 'op',
  why: 'limits as measured',
  status: 'online',
  document: { ...queueDocument, maxrss: 8000, maxtime: 86_400 },
};

export const queueSchema: PandaQueueSchema = {
  keys: [
    ['nickname', 'Identity', 'string', true, 'Name of the queue; it never changes.', null, null],
    ['status', 'Identity', 'string', false, 'Whether pilots get work.', null, ['online', 'offline', 'test']],
    ['corecount', 'Limits', 'integer', false, 'Cores of one slot.', null, null],
    [
      'maxrss',
      'Limits',
      'integer',
      false,
      'Memory of one slot; a job that asks for more is not given out.',
      'MB',
      null,
    ],
    ['maxtime', 'Limits', 'integer', false, 'Longest wall time; 0 = no limit.', 's', null],
    ['copytools', 'Data', 'object', false, 'How pilots move files, by tool.', null, null],
  ].map(([name, group, type, required, help, unit, options]) => ({
    name: String(name),
    group: String(group),
    type: type as PandaQueueSchema['keys'][number]['type'],
    required: required === true,
    help: String(help),
    unit: unit as string | null,
    options: options as string[] | null,
    default: name === 'corecount' ? '1' : null,
  })),
};

const minutes = Array.from({ length: 60 }, (_, minute) => minute);
export const throughput: PandaThroughput = {
  from: ago(3640),
  started: minutes.map((minute) => Math.round(1300 + 220 * Math.sin(minute / 6))),
  finished: minutes.map((minute) => Math.round(1240 + 240 * Math.sin((minute - 3) / 6))),
  failed: minutes.map((minute) => (minute > 22 && minute < 30 ? 140 : 9 + (minute % 4))),
  stopped: minutes.map((minute) => minute % 3),
  tookMs: 2.1,
};

export const overview: PandaOverview = {
  jobs: { activated: 11_870, sent: 204, running: 31_204, holding: 811, transferring: 1500 },
  cores: { running: 41_800, waiting: 14_020 },
  queues: { online: 2, test: 1, brokeroff: 0, offline: 1, paused: 1 },
  finished: Array.from({ length: 24 }, (_, hour) => 78_000 + 4000 * (hour % 5)),
  failed: Array.from({ length: 24 }, (_, hour) => 700 + 90 * (hour % 7)),
  asked: 7204,
  given: 4120,
  oldestActivatedSince: ago(2820),
  tookMs: 1.8,
};

const share = (
  name: string,
  parent: string | null,
  figures: [depth: number, value: number, target: number, actual: number, executing: number, queued: number],
  turn: number | null,
): PandaShareTree['rows'][number] => {
  const [depth, value, target, actual, executing, queued] = figures;
  return {
    name,
    parent,
    depth,
    leaf: turn !== null || queued === 0,
    value,
    target,
    actual,
    executing: executing * 10,
    queued: queued * 10,
    executingJobs: executing,
    queuedJobs: queued,
    throttled: false,
    matchers: turn === null ? {} : { label: name === 'Production' ? 'managed' : 'user', vo: 'local' },
    turn,
  };
};

export const shares: PandaShareTree = {
  rows: [
    share('Production', null, [0, 60, 60, 63.1, 19_700, 4000], 2),
    share('Analysis', null, [0, 40, 40, 36.9, 11_504, 7870], null),
    share('User Analysis', 'Analysis', [1, 75, 30, 24.9, 7770, 7504], 1),
    share('Group Analysis', 'Analysis', [1, 25, 10, 12, 3734, 366], 3),
    share('Test', null, [0, 0, 0, 0, 0, 0], null),
  ],
  outside: [{ share: 'Undefined', executingJobs: 3, queuedJobs: 1 }],
  mayChange: true,
  tookMs: 1.1,
};

export const resourceTypes: PandaResourceTypeList = {
  rows: [
    ['SCORE', 1, 1, 0, 2000, 30_104, 11_000],
    ['MCORE', 2, null, 0, 2000, 900, 800],
    ['SCORE_HIMEM', 1, 1, 2001, null, 200, 70],
  ].map(([name, minCores, maxCores, minMemoryMb, maxMemoryMb, executing, queued]) => ({
    name: String(name),
    minCores: minCores as number | null,
    maxCores: maxCores as number | null,
    minMemoryMb: minMemoryMb as number | null,
    maxMemoryMb: maxMemoryMb as number | null,
    executingJobs: Number(executing),
    queuedJobs: Number(queued),
  })),
};

const workerStates = ['running', 'finished', 'submitted', 'failed', 'running', 'missed'];
export const workerTotal = 100_000;

export function workerRow(index: number): PandaWorkerRow {
  const status = workerStates[index % workerStates.length] as string;
  return {
    harvester: index % 2 === 0 ? 'orrery-factory' : 'harvester-meso-01',
    worker: 200_000 - index,
    batchId: `${48_211 + index}.0`,
    queue: queueNames[index % queueNames.length] as string,
    status,
    pilotStatus: status === 'submitted' ? null : status === 'running' ? 'started' : 'finished',
    resourceType: 'SCORE',
    computingElement: index % 3 === 0 ? 'ce1.example.org:9619/ce1.example.org-condor' : null,
    node: status === 'submitted' ? null : `n${String(index % 400).padStart(4, '0')}`,
    cores: 1,
    submittedAt: ago(900 + index * 3),
    startedAt: status === 'submitted' ? null : ago(860 + index * 3),
    endedAt: ['finished', 'failed'].includes(status) ? ago(40 + index * 3) : null,
    modifiedAt: ago(index * 3),
    errorCode: status === 'failed' ? 9000 : null,
    jobs: status === 'finished' ? 2 : status === 'running' ? 1 : 0,
  };
}

export const worker: PandaWorker = {
  ...workerRow(3),
  attributes: {
    nativeStatus: 'OUT_OF_MEMORY',
    diagMessage: 'slurm: exceeded memory limit',
    jdl: '/tmp/902.sub',
  },
  logs: [
    { name: 'stdout', href: 'http://logs.example.org/902.out' },
    { name: 'batch log', href: 'http://logs.example.org/902.log' },
  ],
  jobIds: [4_118_231, 4_118_190],
  ran: [
    {
      id: 4_118_231,
      status: 'failed',
      error: {
        source: 'taskBuffer',
        code: 300,
        meaning: 'The worker was terminated',
        diag: 'The worker was failed while the job was running : slurm: exceeded memory limit',
      },
      failedByWorker: true,
    },
    { id: 4_118_190, status: 'finished', error: null, failedByWorker: false },
  ],
  pilotStartedAt: ago(840),
  pilotEndedAt: null,
  toldAt: null,
  syncLevel: 1,
  mayKill: false,
  mayEnd: false,
  why: {
    question: 'Why is it failed?',
    answer: 'Its batch system says: “slurm: exceeded memory limit”. One job failed with it.',
    evidence: [
      { face: 'unknown', text: 'The batch system calls its state', value: 'OUT_OF_MEMORY' },
      { face: 'bad', text: 'Harvester names the error', value: '9000' },
    ],
    acts: [],
  },
};

const errorSpark = Array.from({ length: 24 }, (_, hour) => (hour === 20 ? 61 : hour % 3));
export const errorsByCode: PandaErrorSummary = {
  rows: [
    ['pilot', 1305, 'Failed to execute payload', 812, 3_900_000, 'payload exit code 65: MemoryError'],
    ['pilot', 1212, 'Payload ran out of memory', 214, 812_000, '3.9 GB of 2 GB'],
    ['jobDispatcher', 100, 'Lost heartbeat', 88, 640_000, 'no heartbeat for 2 h from n0417'],
    ['trans', 65, null, 19, 1200, 'exit code 65'],
  ].map(([source, code, meaning, failed, lost, diag]) => ({
    key: `${source} ${code}`,
    source: source as PandaErrorSummary['rows'][number]['source'],
    code: Number(code),
    meaning: meaning as string | null,
    class: source === 'jobDispatcher' ? 'system' : 'user',
    failed: Number(failed),
    ended: null,
    lostCoreSeconds: Number(lost),
    example: { job: 4_118_228, diag: String(diag) },
    spark: errorSpark,
  })),
  failed: 1133,
  ended: 82_914,
  lostCoreSeconds: 5_353_200,
  since: ago(86_400),
  hidden: 3,
  exact: true,
  tookMs: 6.2,
};

export const errorsByQueue: PandaErrorSummary = {
  ...errorsByCode,
  rows: queueNames.map((key, index) => ({
    key,
    source: null,
    code: null,
    meaning: null,
    class: null,
    failed: 700 >> index,
    ended: 20_000,
    lostCoreSeconds: 90_000 >> index,
    example: { job: 4_118_228, diag: 'payload exit code 65' },
    spark: errorSpark,
  })),
  hidden: 0,
};
