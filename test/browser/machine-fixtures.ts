import type {
  PandaBadNodeList,
  PandaDialog,
  PandaEndpoint,
  PandaHarvester,
  PandaHarvesterCommand,
  PandaHarvesterList,
  PandaHarvesterMetrics,
  PandaNode,
  PandaNodeHour,
  PandaNodeRow,
} from '@orrery/contracts';
import { now } from './fixtures.ts';
import { keysetPage } from './keyset-page.ts';
import { workerRow } from './panda-fixtures.ts';

const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const gpu = {
  vendor: 'NVIDIA',
  model: 'A100-SXM4-80GB',
  gpus: 4,
  memoryMb: 81_920,
  architecture: 'Ampere',
  framework: 'CUDA',
  frameworkVersion: '12.4',
  driverVersion: '550.54.15',
  lastSeenAt: ago(400),
};

const nodeTotal = 100_000;

function nodeRow(index: number): PandaNodeRow {
  const isLarge = index % 7 === 0;
  return {
    site: index % 3 === 0 ? 'NORTH' : 'SOUTH',
    host: `wn${String(index).padStart(6, '0')}.cluster.example.org`,
    cpuModel: isLarge ? 'AMD EPYC 7763 64-Core Processor' : 'Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz',
    cpuName: isLarge ? 'AMD EPYC 7763' : 'INTEL XEON GOLD 6130',
    logicalCpus: isLarge ? 256 : 64,
    sockets: 2,
    coresPerSocket: isLarge ? 64 : 16,
    threadsPerCore: 2,
    architecture: 'x86_64',
    level: isLarge ? 'x86-64-v3' : 'x86-64-v4',
    clockMhz: 2450,
    memoryMb: isLarge ? 515_000 : 191_000,
    diskGb: index % 5 === 0 ? null : 3800,
    gpus: index % 11 === 0 ? [gpu] : [],
    queues: index % 4 === 0 ? ['CLUSTER-A', 'LOCAL'] : ['CLUSTER-B'],
    firstSeenAt: ago(8_000_000),
    lastSeenAt: ago(20 + index * 7),
  };
}

const hoursOf = (n: number, figures: (hour: number) => [finished: number, failed: number]): PandaNodeHour[] =>
  Array.from({ length: n }, (_, hour) => {
    const [finished, failed] = figures(hour);
    return { at: ago((n - hour) * 3600), finished, failed };
  });

const noSpace = { source: 'pilot' as const, code: 1098, meaning: 'Not enough local disk space' };
const stageIn = { source: 'pilot' as const, code: 1099, meaning: 'Failed to stage in a file' };

const badNodes: PandaBadNodeList = {
  rows: [
    {
      site: 'NORTH',
      host: 'wn000417.cluster.example.org',
      queue: 'CLUSTER-A',
      finished: 3,
      failed: 1204,
      elsewhere: 0.021,
      excess: 1178.7,
      medianSeconds: 41,
      finishedMedianSeconds: 9800,
      errors: [
        { ...noSpace, jobs: 1190 },
        { ...stageIn, jobs: 14 },
      ],
      lastFailedAt: ago(12),
      hours: hoursOf(6, (hour) => (hour < 2 ? [1, 0] : [0, 180 + hour * 40])),
    },
    {
      site: null,
      host: 'wn000900.cluster.example.org',
      queue: 'CLUSTER-B',
      finished: 11,
      failed: 32,
      elsewhere: 0.04,
      excess: 30.3,
      medianSeconds: null,
      finishedMedianSeconds: 7200,
      errors: [{ ...stageIn, jobs: 32 }],
      lastFailedAt: ago(900),
      hours: hoursOf(6, (hour) => [2, hour * 2]),
    },
  ],
  since: ago(6 * 3600),
  looked: 87,
  exact: true,
  tookMs: 140,
};

const node: PandaNode = {
  site: 'NORTH',
  host: 'wn000417.cluster.example.org',
  hardware: [{ ...nodeRow(7), site: 'NORTH', host: 'wn000417.cluster.example.org', gpus: [gpu] }],
  gpus: [gpu],
  queues: [{ queue: 'CLUSTER-A', lastSeenAt: ago(60) }],
  firstSeenAt: ago(8_000_000),
  lastSeenAt: ago(60),
  since: ago(86_400),
  finished: 3,
  failed: 1204,
  elsewhere: 0.021,
  medianSeconds: 41,
  finishedMedianSeconds: 9800,
  errors: [
    { ...noSpace, jobs: 1190 },
    { ...stageIn, jobs: 14 },
  ],
  hours: hoursOf(24, (hour) => (hour < 20 ? [1, 0] : [0, hour * 14])),
  exact: true,
  jobs: Array.from({ length: 40 }, (_, index) => ({
    id: 4_118_200 - index,
    status: index === 5 ? 'finished' : 'failed',
    queue: 'CLUSTER-A',
    owner: 'a.duarte',
    node: `slot1_${index}@wn000417.cluster.example.org`,
    startedAt: ago(100 + index * 30),
    endedAt: ago(60 + index * 30),
    error:
      index === 5
        ? null
        : {
            source: 'pilot' as const,
            code: 1098,
            diag: 'Too little space left on local disk: 1.2 GB of 5 GB',
          },
  })),
  workers: [0, 1, 2].map((index) => ({ ...workerRow(index * 6), node: 'wn000417.cluster.example.org' })),
  tookMs: 21,
};

const harvester: PandaHarvester = {
  id: 'harvester-meso-01',
  description: 'automatic',
  owner: 'harvester',
  host: '192.0.2.17',
  version: '0.9.12',
  commit: 'master 2026-10-02',
  startedAt: ago(400_000),
  lastSeenAt: ago(200),
  deadline: new Date(now + 1_600_000).toISOString(),
  overdue: false,
  queues: ['CLUSTER-A', 'CLUSTER-B'],
  workers: { submitted: 120, ready: 4, running: 880 },
  newCommands: 2,
  problems: 31,
  createdAt: ago(9_000_000),
  wishes: [{ command: 'SET_N_WORKERS_JOBTYPE', queue: 'CLUSTER-A', resourceType: 'ANY' }],
  serves: [
    {
      queue: 'CLUSTER-A',
      site: 'NORTH',
      status: 'online',
      mayManage: true,
      computingElements: ['ce1.example.org:9619'],
    },
    { queue: 'CLUSTER-B', site: 'SOUTH', status: 'brokeroff', mayManage: true, computingElements: [] },
  ],
  counts: [
    { queue: 'CLUSTER-A', status: 'running', reported: 880, reportedAt: ago(130), seen: 861 },
    { queue: 'CLUSTER-A', status: 'submitted', reported: 120, reportedAt: ago(130), seen: 120 },
    { queue: 'CLUSTER-B', status: 'ready', reported: null, reportedAt: null, seen: 4 },
  ],
  targetSlots: [
    {
      queue: 'CLUSTER-A',
      share: '',
      resourceType: 'MCORE',
      slots: 2000,
      expiresAt: new Date(now + 90_000_000).toISOString(),
      modifiedAt: ago(7000),
      modifiedBy: 'a.duarte',
    },
  ],
  commands: { new: 2, retrieved: 1, acknowledged: 97 },
  oldestCommandAt: ago(95),
  levels: { INFO: 4210, WARNING: 28, ERROR: 3 },
  modules: { submitter: 3000, monitor: 1241 },
};

const { createdAt: _created, wishes: _wishes, serves: _serves, ...listed } = harvester;
const harvesters: PandaHarvesterList = {
  rows: [
    listed,
    {
      ...listed,
      id: 'harvester-hpc',
      lastSeenAt: ago(4000),
      deadline: ago(2200),
      overdue: true,
      queues: ['HPC-GPU'],
      workers: { running: 12 },
      newCommands: 4,
      problems: 0,
    },
    {
      ...listed,
      id: 'local',
      description: 'first Harvester of this installation',
      owner: null,
      host: null,
      version: null,
      commit: null,
      startedAt: null,
      lastSeenAt: null,
      deadline: null,
      queues: [],
      workers: {},
      newCommands: 0,
      problems: 0,
    },
  ].map(
    ({
      id,
      description,
      owner,
      host,
      version,
      commit,
      startedAt,
      lastSeenAt,
      deadline,
      overdue,
      queues,
      workers,
      newCommands,
      problems,
    }) => ({
      ...{ id, description, owner, host, version, commit, startedAt, lastSeenAt, deadline, overdue },
      ...{ queues, workers, newCommands, problems },
    }),
  ),
  tookMs: 9,
};

const levels = ['INFO', 'INFO', 'WARNING', 'INFO', 'ERROR', 'DEBUG'];
const dialogRow = (index: number): PandaDialog => ({
  id: 100_000 - index,
  at: ago(index * 20),
  level: levels[index % levels.length] as string,
  module: index % 2 === 0 ? 'submitter' : 'monitor',
  identifier: `CLUSTER-${index % 2 === 0 ? 'A' : 'B'}`,
  message:
    index % 6 === 4
      ? 'condor_submit: ERROR: Failed to connect to queue manager sched1.example.org'
      : 'submitted 20 workers',
});

const commandRow = (index: number): PandaHarvesterCommand => {
  const status = index < 2 ? 'new' : index === 2 ? 'retrieved' : 'acknowledged';
  return {
    id: 100 - index,
    command: index % 3 === 0 ? 'KILL_WORKERS' : 'SYNC_WORKERS_KILL',
    params: index % 3 === 0 ? '{"status": ["submitted"], "computingSite": ["CLUSTER-A"]}' : '[902, 903, 911]',
    ackRequested: true,
    status,
    by: index % 3 === 0 ? 'a.duarte' : 'orrery',
    createdAt: ago(95 + index * 900),
    retrievedAt: status === 'new' ? null : ago(90 + index * 900),
    acknowledgedAt: status === 'acknowledged' ? ago(30 + index * 900) : null,
  };
};

const steps = Array.from({ length: 240 }, (_, step) => step);
const metrics: PandaHarvesterMetrics = {
  at: steps.map((step) => ago((240 - step) * 360)),
  hosts: [
    {
      host: 'aipanda170.example.org',
      lastAt: ago(210),
      series: [
        { name: 'cpu_pc', values: steps.map((step) => (step > 100 && step < 120 ? null : 20 + (step % 17))) },
        { name: 'memory_pc', values: steps.map((step) => 35 + step / 20) },
        { name: 'rss_mib', values: steps.map((step) => 1800 + step * 2) },
        { name: 'volume_data_pc', values: steps.map((step) => 91 + step / 60) },
      ],
      certificates: { '/data/proxy/x509up': 14, '/etc/grid-security/hostcert.pem': 4100 },
    },
  ],
  tookMs: 31,
};

function endpointRow(index: number): PandaEndpoint {
  const isHere = index % 3 === 0;
  return {
    endpoint: `${index % 2 === 0 ? 'NORTH' : 'SOUTH'}-${String(index).padStart(3, '0')}_DATADISK`,
    state: index % 5 === 0 ? null : 'ACTIVE',
    type: index % 4 === 0 ? 'SCRATCHDISK' : 'DATADISK',
    site: index % 2 === 0 ? 'NORTH' : 'SOUTH',
    isHere,
    files: isHere ? index * 417 : 0,
    bytes: isHere ? index * 4_000_000_000 : 0,
    maxBytes: index % 6 === 0 ? 500_000_000_000 : null,
  };
}

/** The canned answer of a GET of worker nodes or Harvesters; undefined when there is none. */
export function machineAnswer(path: string, query: URLSearchParams): unknown {
  if (path === 'nodes') {
    const fits = (row: PandaNodeRow) =>
      (query.get('site') ?? row.site) === row.site && row.host.includes(query.get('host') ?? '');
    return keysetPage(query, nodeTotal, nodeRow, fits);
  }
  if (path === 'nodes/bad') return query.get('queue') === 'LOCAL' ? { ...badNodes, rows: [] } : badNodes;
  if (/^nodes\/[^/]+\/[^/]+$/.test(path)) return node;
  if (path === 'endpoints') return { rows: Array.from({ length: 130 }, (_, n) => endpointRow(n)), tookMs: 2 };
  if (path === 'harvesters') return harvesters;
  const [, part = ''] = /^harvesters\/[^/]+(?:\/(\w+))?$/.exec(path) ?? [];
  if (path.startsWith('harvesters/') && part === '') return harvester;
  if (part === 'metrics') return metrics;
  if (part === 'dialogs') {
    const wanted = query.getAll('level');
    const fits = (row: PandaDialog) => wanted.length === 0 || wanted.includes(row.level);
    return keysetPage(query, 100_000, dialogRow, fits);
  }
  if (part !== 'commands') return undefined;
  const wanted = query.getAll('status');
  return keysetPage(query, 100, commandRow, (row) => wanted.length === 0 || wanted.includes(row.status));
}
