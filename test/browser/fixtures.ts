import type {
  AccountRow,
  AuditRow,
  Board,
  Me,
  ProcessRow,
  SavedView,
  ScheduleRow,
  TokenList,
  UwsDefinition,
  UwsDefinitionVersions,
  UwsJob,
  UwsJobRow,
  UwsPhase,
  UwsShare,
  UwsWhy,
} from '@orrery/contracts';

/** The instant all canned answers are made for; the browser's clock is set to it. */
export const now = Date.parse('2026-11-22T02:18:40.000Z');
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const ahead = (seconds: number) => new Date(now + seconds * 1000).toISOString();

export const me: Me = {
  name: 'op',
  displayName: 'Operator on duty',
  anonymous: false,
  mustChangePassword: false,
  grants: [{ role: 'operator', scope: null }],
  permissions: [
    'core.read',
    'core.operate',
    'core.audit',
    'uws.job.read',
    'uws.job.create',
    'uws.job.any',
    'panda.read',
    'panda.submit',
    'panda.production',
    'panda.operate',
    'crds.read',
    'crds.operate',
  ],
  services: [
    { name: 'panda', title: 'Work' },
    { name: 'uws', title: 'Services' },
    { name: 'crds', title: 'Calibration' },
  ],
  server: {
    host: 'scops.example.org',
    version: '0.1.0',
    processes: 2,
    database: 'PostgreSQL 18.4, embedded',
  },
};

export const nobody: Me = {
  ...me,
  name: 'anonymous',
  displayName: 'Anonymous',
  anonymous: true,
  grants: [],
  permissions: [],
};

const spark = (seed: number) =>
  Array.from({ length: 24 }, (_, hour) =>
    Math.round(40 + 22 * Math.sin((hour + seed) / 4) + ((hour * 7 * seed) % 9)),
  );

export const schedules: ScheduleRow[] = [
  ['uws.destroy-due', 'every 30 s', 12, 4, false],
  ['core.garbage', 'every 3600 s', 1280, 840, false],
  ['core.retention', '0 3 * * *', 2480, 11_400, false],
  ['core.partitions', '15 * * * *', 3400, 38, false],
  ['backup', '30 3 * * *', 4200, 660_000, true],
].map(([name, period, due, took, paused]) => ({
  name: String(name),
  period: String(period),
  nextDue: paused === true ? null : ahead(Number(due)),
  lastStarted: ago(Number(due)),
  lastDurationMs: Number(took),
  lastOutcome: 'done',
  ranOn: 'web-1',
  running: false,
  paused: paused === true,
  pausedWhy: paused === true ? 'disk swap until 04:00' : null,
}));

export const changes: AuditRow[] = [
  ['op', 'uws.definition-saved', 'definition', 'bkg_sources', { version: 4 }],
  ['op', 'schedule.pause', 'schedule', 'backup', { reason: 'disk swap until 04:00' }],
  ['admin', 'auth.grant-added', 'account', 'analyst', { grant: 'uws.run:bkg_sources' }],
  ['admin', 'auth.token-created', 'account', 'archive', {}],
  ['system', 'auth.account-created', 'account', 'admin', {}],
].map(([actor, action, objectKind, objectId, details], index) => ({
  id: 900 - index,
  at: ago(240 * (index + 1)),
  actor: String(actor),
  action: String(action),
  objectKind: String(objectKind),
  objectId: String(objectId),
  details: details as Record<string, unknown>,
}));

const overdueRows: Board['overdue'] = [
  {
    service: 'uws',
    kind: 'UWS job',
    id: 'p8w2v5h1',
    name: 'photom_stack, night 12',
    href: '/ui/services/photom_stack/jobs/p8w2v5h1',
    why: 'Runs 9 min past its limit of 2 h; the run did not answer the last 3 abort calls',
    since: ago(7740),
    deadline: ago(540),
    overdueSeconds: 540,
    owner: 'local back end',
    nextStep: 'it is killed at the next try',
    act: { label: 'Abort again', href: '/api/uws/jobs/p8w2v5h1/phase' },
  },
  {
    service: 'core',
    kind: 'Schedule',
    id: 'backup',
    name: 'daily',
    href: '/ui/admin/schedule',
    why: 'Paused by op, “disk swap until 04:00”; the last good backup is 41 min older than its promise',
    since: ago(2460),
    deadline: ago(2460),
    overdueSeconds: 2460,
    owner: 'operator',
    nextStep: 'resume it',
    act: { label: 'Resume backup', href: '/api/core/schedules/backup/resume' },
  },
];

export const board: Board = {
  at: ago(2),
  overdue: overdueRows,
  overdueTotal: overdueRows.length,
  overdueByService: { uws: 1, core: 1 },
  watched: 1_412_108,
  nextDeadline: ahead(1200),
  capacity: {
    meanMs: 37,
    perSecond: 420,
    hosts: 2,
    slotsPerHost: 16,
    busy: 15.7,
    room: 32,
    since: ago(7200),
    families: [
      { name: 'UWS jobs', perSecond: 338, meanMs: 21, busy: 7.1 },
      { name: 'UWS waits answered', perSecond: 46, meanMs: 44, busy: 2 },
      { name: 'Files', perSecond: 19, meanMs: 180, busy: 3.4 },
      { name: 'Sign-ins', perSecond: 6, meanMs: 62, busy: 0.4 },
      { name: 'Pages, other', perSecond: 11, meanMs: 250, busy: 2.8 },
    ],
    openWaits: 1204,
    openStreams: 18,
    eventLoopDelayP99Ms: 21.4,
  },
  throughput: [
    {
      service: 'uws',
      title: 'UWS',
      label: 'jobs completed',
      done: 82_914,
      failed: 1004,
      waiting: 11_870,
      oldestWaitingSeconds: 38,
      spark: spark(3),
    },
    {
      service: 'core',
      title: 'Files',
      label: 'stored',
      done: 9350,
      failed: 0,
      waiting: 0,
      oldestWaitingSeconds: null,
      spark: spark(5),
    },
  ],
  health: [
    { name: 'Database', state: 'good', message: 'answers in 0.3 ms' },
    {
      name: 'Disk',
      state: 'partial',
      message: '8 % (41 GB) are free.',
      next: 'Below 5 % files are refused; delete old results or add space.',
    },
  ],
  next: schedules,
  changes,
};

export const processes: ProcessRow[] = [
  ['web-1', 'web', 'online', 1],
  ['web-2', 'web', 'online', 2],
  ['worker-1', 'worker', 'draining', 1],
  ['web-0', 'web', 'lost', 640],
].map(([processId, role, state, seen], index) => ({
  processId: String(processId),
  host: index === 1 ? 'scops-2' : 'scops-1',
  pid: 4100 + index,
  role: String(role),
  version: '0.1.0',
  startedAt: ago(9000 + index * 61),
  seenAt: ago(Number(seen)),
  state: state as ProcessRow['state'],
  memoryMb: 118 + index * 9,
  eventLoopDelayP99Ms: 12 + index,
  openWaits: index * 300,
  openStreams: index,
}));

export const tokens: TokenList = {
  rows: [
    {
      id: 't1',
      account: 'op',
      label: 'nightly scripts',
      grants: ['uws.run'],
      vo: null,
      createdAt: ago(86_400 * 3),
      createdBy: 'op',
      expiresAt: ahead(86_400 * 27),
      revokedAt: null,
      lastUsedAt: ago(312),
      state: 'good',
    },
  ],
};

export const accounts: AccountRow[] = [
  {
    name: 'admin',
    displayName: 'admin',
    grants: [{ role: 'admin', scope: null }],
    password: 'chosen',
    createdAt: ago(900_000),
    disabledAt: null,
  },
  {
    name: 'op',
    displayName: 'Operator on duty',
    grants: [{ role: 'operator', scope: null }],
    password: 'chosen',
    createdAt: ago(800_000),
    disabledAt: null,
  },
];

const parameter = (
  given: Partial<UwsDefinition['parameters'][number]> & { name: string },
): UwsDefinition['parameters'][number] => ({
  type: 'string',
  required: false,
  default: null,
  description: '',
  unit: null,
  min: null,
  max: null,
  options: null,
  maxLength: null,
  multiple: false,
  mediaTypes: null,
  ...given,
});

const bkgScript = `# Background and sources of one image.
python3 - "$input" <<'PYTHON'
import sys
from photutils.background import Background2D
PYTHON
bkg --mesh "$mesh" --threshold "$threshold" --kernel "$kernel" "$input"
`;

export const definitions: UwsDefinition[] = [
  {
    name: 'bkg_sources',
    title: 'Background and sources',
    description: 'Estimates the background of an image on a mesh and finds sources above it.',
    version: 4,
    label: null,
    contactName: 'image group',
    mayRun: true,
    runs: 1204,
    medianSeconds: 362,
    documentation: null,
    parameters: [
      parameter({
        name: 'input',
        type: 'file',
        required: true,
        description: 'A FITS image',
        mediaTypes: ['image/fits'],
      }),
      parameter({
        name: 'mesh',
        type: 'integer',
        default: '64',
        unit: 'px',
        min: 16,
        max: 512,
        description: 'Cells over which the background is estimated',
      }),
      parameter({
        name: 'threshold',
        type: 'number',
        default: '3.0',
        unit: 'σ',
        min: 0.5,
        max: 20,
        description: 'Over the background',
      }),
      parameter({
        name: 'deblend',
        type: 'boolean',
        default: 'true',
        description: 'Separate sources that touch',
      }),
      parameter({
        name: 'kernel',
        options: ['gauss', 'tophat', 'none'],
        default: 'gauss',
        description: 'Smoothing before detection',
      }),
      parameter({
        name: 'margin',
        type: 'integer',
        default: '8',
        unit: 'px',
        min: 0,
        max: 256,
        description: 'Left out at the edges',
      }),
      parameter({ name: 'note', maxLength: 2000, description: 'Kept with the job' }),
    ],
    results: [
      {
        name: 'sub',
        file: 'image_sub.fits',
        mediaType: 'image/fits',
        description: 'Image without background',
        required: true,
      },
      { name: 'sources', file: 'sources.csv', mediaType: 'text/csv', description: 'Sources', required: true },
    ],
    executionDuration: 7200,
    maxExecutionDuration: 86_400,
    keepDays: 30,
    maxUploadBytes: 2_000_000_000,
    script: bkgScript,
    program: null,
    memoryMb: 4096,
    createdAt: ago(864_000),
    createdBy: 'op',
  },
  {
    name: 'hello',
    title: 'Hello',
    description: 'Greets a name and keeps the greeting as a text file.',
    version: 1,
    label: '1.0',
    contactName: null,
    mayRun: true,
    runs: 3,
    medianSeconds: 0.4,
    documentation: null,
    parameters: [parameter({ name: 'name', default: 'world', description: 'Who is greeted' })],
    results: [
      {
        name: 'result',
        file: 'greeting.txt',
        mediaType: 'text/plain',
        description: 'The greeting',
        required: true,
      },
    ],
    executionDuration: 60,
    maxExecutionDuration: 600,
    keepDays: 30,
    maxUploadBytes: 1_000_000,
    script: 'printf "Hello, %s.\\n" "$name" > greeting.txt\n',
    program: null,
    memoryMb: 1024,
    createdAt: ago(864_000),
    createdBy: 'system',
  },
];

/** How many jobs the canned list has. */
export const jobTotal = 100_000;
const phaseCycle: UwsPhase[] = [
  'EXECUTING',
  'COMPLETED',
  'COMPLETED',
  'QUEUED',
  'COMPLETED',
  'ERROR',
  'COMPLETED',
  'PENDING',
  'COMPLETED',
  'ABORTED',
];
const names = ['chandra-deep-field-tile', 'm31-mosaic-south-east-corner-second-try', 'night', 'calib check'];

/** Row `index` of the list, 0 = newest; always the same for the same index. */
export function jobRow(index: number): UwsJobRow {
  const phase = phaseCycle[(index * 7) % phaseCycle.length] as UwsPhase;
  const created = now - 4000 - index * 3100;
  const begun = !['PENDING', 'QUEUED'].includes(phase);
  const ended = !['PENDING', 'QUEUED', 'EXECUTING'].includes(phase);
  return {
    id: `j${(10_000_000 - index).toString(36)}k${(index * 7919).toString(36).padStart(4, '0')}brwnzsubxu4zn5`,
    definition: index % 3 === 0 ? 'hello' : 'bkg_sources',
    runId: index % 5 === 0 ? null : `${names[index % names.length]}-${index}`,
    owner: index % 11 === 0 ? null : index % 2 === 0 ? 'op' : 'a.duarte',
    phase,
    createdAt: new Date(created).toISOString(),
    startedAt: begun ? new Date(created + 800).toISOString() : null,
    endedAt: ended ? new Date(created + 800 + (index % 900) * 1000).toISOString() : null,
    deadline: phase === 'EXECUTING' ? new Date(created + 7_200_000).toISOString() : null,
    overdue: phase === 'EXECUTING' && index % 40 === 0,
    error:
      phase === 'ERROR'
        ? 'The command ended with code 1: MemoryError while reading the background mesh'
        : null,
  };
}

/** The newest row made at an instant or before; 0 without one. */
export function indexAt(at: string | null): number {
  return at === null ? 0 : Math.max(0, Math.ceil((now - 4000 - Date.parse(at)) / 3100));
}

const result = (
  name: string,
  fileName: string,
  mediaType: string,
  sizeBytes: number,
  preview: UwsJob['results'][number]['preview'],
): UwsJob['results'][number] => ({
  name,
  fileName,
  mediaType,
  sizeBytes,
  href: `/files/${fileName}`,
  downloadHref: `/files/${fileName}?download`,
  preview,
  sha256: '4f1d0c9ae27b93b07e4f1d0c9ae27b93b07e4f1d0c9ae27b93b07e4f1d0c9ae2',
  entity: 'd60d31-4f1d0c9ae27b',
});

/** The finished job that has one result of every kind of preview. */
export const completedJob: UwsJob = {
  ...jobRow(1),
  id: 'k3m9x7q2',
  definition: 'bkg_sources',
  runId: 'chandra-deep-field-tile-07',
  owner: 'a.duarte',
  phase: 'COMPLETED',
  createdAt: ago(929),
  startedAt: ago(890.6),
  endedAt: ago(509),
  deadline: null,
  overdue: false,
  error: null,
  definitionVersion: 4,
  definitionTitle: 'Background and sources',
  executionDuration: 7200,
  destruction: ahead(86_400 * 30),
  deletesAt: null,
  parameters: [
    {
      name: 'input',
      value: 'j8wc7sq9q_flc.fits',
      type: 'file',
      unit: null,
      isDefault: false,
      href: '/files/j8wc7sq9q_flc.fits',
      sizeBytes: 33_600_000,
      files: 1,
      from: ['orrery:job/c4l4cs9q/result/flc'],
    },
    { name: 'mesh', value: '64', type: 'integer', unit: 'px', isDefault: true, href: null, sizeBytes: null },
    {
      name: 'threshold',
      value: '2.5',
      type: 'number',
      unit: 'σ',
      isDefault: false,
      href: null,
      sizeBytes: null,
    },
    {
      name: 'deblend',
      value: 'true',
      type: 'boolean',
      unit: null,
      isDefault: true,
      href: null,
      sizeBytes: null,
    },
  ],
  results: [
    result('preview', 'quicklook.png', 'image/png', 1100, 'image'),
    result('sources', 'sources.csv', 'text/csv', 412_000, 'table'),
    result('header', 'header.json', 'application/json', 9000, 'json'),
    result('histogram', 'histogram.json', 'application/json', 900, 'histogram'),
    result('sub', 'image_sub.fits', 'image/fits', 33_600_000, 'fits'),
    result('stdout', 'stdout.txt', 'text/plain', 6200, 'text'),
    result('stderr', 'stderr.txt', 'text/plain', 0, 'text'),
  ],
  phases: [
    { phase: 'PENDING', at: ago(929), why: 'Created by a.duarte.' },
    { phase: 'QUEUED', at: ago(928.6), why: 'a.duarte asked to run it.' },
    { phase: 'EXECUTING', at: ago(890.6), why: 'It was started on scops-1.' },
    { phase: 'COMPLETED', at: ago(509), why: 'It ended well and left 7 results.' },
  ],
  promise: null,
  where: {
    backend: 'local',
    host: 'scops-1',
    runId: 'r-48207',
    isolation: 'uid',
    exitCode: 0,
    signal: null,
    peakMemoryBytes: 2_100_000_000,
    cpuSeconds: 1448,
  },
  acts: { run: false, abort: false, update: true, delete: true, share: true },
  uwsHref: '/rest/bkg_sources/k3m9x7q2',
};

export const runningJob: UwsJob = {
  ...completedJob,
  id: 'p8w2v5h1',
  runId: 'photom_stack, night 12',
  phase: 'EXECUTING',
  endedAt: null,
  deadline: ago(540),
  overdue: true,
  results: [],
  phases: completedJob.phases.slice(0, 3),
  promise: {
    now: 'The command runs on scops-1 since 14 min.',
    next: 'Its results are stored.',
    expected: { at: ahead(120), source: 'median of 1 204 past runs' },
    otherwise: 'It is aborted after 2 h; what it made by then is kept.',
  },
  where: completedJob.where === null ? null : { ...completedJob.where, exitCode: null },
  acts: { run: false, abort: true, update: true, delete: true, share: true },
};

export const failedJob: UwsJob = {
  ...completedJob,
  id: 'e0rr0rj1',
  phase: 'ERROR',
  error: 'The command ended with code 1: MemoryError while reading the background mesh',
  results: completedJob.results.slice(5),
  phases: [
    ...completedJob.phases.slice(0, 3),
    { phase: 'ERROR', at: ago(509), why: 'The command ended with code 1.' },
  ],
};

export const archivedJob: UwsJob = {
  ...completedJob,
  id: 'arch1v3d',
  phase: 'ARCHIVED',
  destruction: ago(3600),
  parameters: completedJob.parameters.map((each) => ({ ...each, href: null, sizeBytes: null })),
  results: [],
  phases: [...completedJob.phases, { phase: 'ARCHIVED', at: ago(60), why: 'Its destruction time has come.' }],
  acts: { ...completedJob.acts, update: false, share: false },
};

/** Deleted a moment ago; it can still be taken back. */
export const leavingJob: UwsJob = { ...completedJob, id: 'le4v1ng1', deletesAt: ahead(8) };

export const versions: UwsDefinitionVersions = {
  rows: [4, 3, 2, 1].map((version) => ({
    version,
    label: version === 3 ? 'beta' : null,
    createdAt: ago(86_400 * 10 * (5 - version)),
    createdBy: version === 1 ? 'system' : 'op',
  })),
};

export const views: SavedView[] = [
  ['v1', 'Night shift', 'q=phase%3AERROR+after%3A2026-11-21', true],
  ['v2', 'Deep field', 'q=deep-field', true],
  ['v3', 'Group: calibration', 'q=definition%3Abkg_sources+-phase%3ACOMPLETED', false],
].map(([id, name, query, mine]) => ({
  id: String(id),
  list: 'uws.jobs',
  name: String(name),
  query: String(query),
  shared: mine !== true,
  mine: mine === true,
  owner: mine === true ? 'op' : 'a.duarte',
  changedAt: ago(5000),
}));

export const share: UwsShare = {
  expiresAt: ahead(86_400),
  hours: 24,
  jobHref: 'http://127.0.0.1/api/uws/shared/k3m9x7q2?expires=1795400000&signature=abc',
  results: [
    {
      name: 'sub',
      fileName: 'image_sub.fits',
      mediaType: 'image/fits',
      sizeBytes: 33_600_000,
      href: 'http://127.0.0.1/store/e1/image_sub.fits?expires=1795400000&signature=def',
    },
  ],
};

export const pendingJob: UwsJob = {
  ...completedJob,
  id: 'dr4ftj0b',
  owner: 'op',
  phase: 'PENDING',
  startedAt: null,
  endedAt: null,
  results: [],
  where: null,
  phases: completedJob.phases.slice(0, 1),
  promise: {
    now: 'Waits for its owner.',
    next: 'Run puts it in line.',
    expected: null,
    otherwise: 'It ends on 22 Dec, and what it has is removed.',
  },
  acts: { run: true, abort: true, update: true, delete: true, share: true },
};

export const why: UwsWhy = {
  question: 'Why did it fail?',
  answer:
    'The command ended with code 1 while it read the background mesh: it asked for more memory than it may have.',
  evidence: [
    { face: 'good', text: 'The input was fetched.', value: '33.6 MB' },
    { face: 'bad', text: 'Peak memory', value: '3.9 GB of 2 GB' },
    { face: 'bad', text: 'Last line of stderr', value: 'MemoryError' },
  ],
  acts: [{ label: 'Run again with changes', method: 'GET', href: '/ui/services/bkg_sources?again=e0rr0rj1' }],
};
