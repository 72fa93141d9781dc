import { hostname } from 'node:os';

/** How a pilot behaves. Times in seconds. */
export interface PilotOptions {
  /** Addresses of one server; the next is tried when one does not answer. */
  servers: string[];
  queue: string;
  tokenFile?: string | undefined;
  /** Remove the token file once it was read. */
  forgetToken: boolean;
  /** Name of a file with the key for renewing the token. */
  tokenKeyFile?: string | undefined;
  origin?: string | undefined;
  caFile?: string | undefined;
  /** Folder for the jobs; each pilot has one of its own in it. */
  work: string;
  /** Ends after so many jobs; 0 = no limit. */
  jobs: number;
  /** Ends after so long without a job; 0 = waits for ever. */
  idleSeconds: number;
  /** Asks for no job after so long; 0 = no limit. */
  lifetimeSeconds: number;
  /** prodSourceLabel of the jobs asked for. */
  label: string;
  node: string;
  /** MB that a job may ask for; 0 = as much as the queue allows. */
  memoryMb: number;
  pollSeconds: number;
  heartbeatSeconds: number;
  debugHeartbeatSeconds: number;
  /** Gives a job up when no report was acknowledged for so long. */
  lostAfterSeconds: number;
  /** How long a transfer or a final report is tried again. */
  patienceSeconds: number;
  reportPatienceSeconds: number;
  loopingSeconds: number;
  /** Where transformations may come from; default `<server>/trf`. */
  bases: string[];
  /** Other addresses under which jobs may speak of the server. */
  aliases: string[];
  /** How long the server may keep a question for a job waiting; 0 = not said, as servers of PanDA want it. */
  waitSeconds: number;
  harvesterId?: string | undefined;
  workerId?: number | undefined;
  schedulerId: string;
  /** Every other process of this user belongs to a job and ends with it. */
  isSoleUser: boolean;
  /** Leave the folders of jobs. */
  keep: boolean;
}

interface Flag {
  /** What stands behind it in the help; absent = it takes no value. */
  value?: string;
  help: string;
  default?: string;
}

/** Every option of the command line, for `orrery pilot` and for the program alone. */
export const pilotFlags = {
  server: { value: 'url', help: 'address of the server; several, separated by commas, are tried in turn' },
  queue: { value: 'name', help: 'the queue whose jobs it takes' },
  'token-file': { value: 'file', help: 'file with the token of a pilot' },
  'forget-token': { help: 'remove the token file once it was read' },
  'token-key': { value: 'file', help: 'file with the key for renewing the token every hour' },
  origin: { value: 'vo', help: 'the VO it speaks for, or VO.pilot' },
  ca: { value: 'file', help: 'certificates (PEM) of authorities to be believed besides the usual ones' },
  work: { value: 'folder', help: 'folder for the jobs', default: 'pilot-work' },
  jobs: { value: 'number', help: 'end after so many jobs; 0 = go on', default: '0' },
  idle: { value: 'seconds', help: 'end after so long without a job; 0 = wait for ever', default: '0' },
  lifetime: { value: 'seconds', help: 'ask for no job after so long; 0 = no limit', default: '0' },
  label: { value: 'label', help: 'prodSourceLabel of the jobs', default: 'unified' },
  node: { value: 'name', help: 'name of this worker node (default: the host name)' },
  memory: { value: 'MB', help: 'largest memory a job may ask for; 0 = that of the queue', default: '0' },
  poll: { value: 'seconds', help: 'pause between two questions for a job', default: '5' },
  heartbeat: { value: 'seconds', help: 'pause between two reports of a running job', default: '60' },
  'debug-heartbeat': { value: 'seconds', help: 'the same in debug mode', default: '10' },
  'lost-after': {
    value: 'seconds',
    help: 'give a job up when no report got through for so long',
    default: '10800',
  },
  patience: { value: 'seconds', help: 'how long a transfer is tried again', default: '600' },
  'report-patience': {
    value: 'seconds',
    help: 'how long a final report is tried again before it is left on disk',
    default: '86400',
  },
  looping: {
    value: 'seconds',
    help: 'end a payload that changed no file for so long; 0 = never',
    default: '43200',
  },
  wait: {
    value: 'seconds',
    help: 'let an Orrery server wait so long for a job before it says that there is none',
    default: '0',
  },
  alias: { value: 'urls', help: 'other addresses of the server, by which jobs may name it' },
  'trf-base': { value: 'urls', help: 'where transformations may come from (default: SERVER/trf)' },
  'harvester-id': { value: 'name', help: 'who started it' },
  'worker-id': { value: 'number', help: 'as which of its workers' },
  'scheduler-id': { value: 'text', help: 'kept with the job', default: 'unknown' },
  'sole-user': { help: 'nobody else uses this user: after a job end all its other processes' },
  keep: { help: 'leave the folders of the jobs' },
} as const satisfies Record<string, Flag>;

export type FlagName = keyof typeof pilotFlags;
export type FlagValues = Readonly<Partial<Record<FlagName, string | boolean | undefined>>>;

/** Wrong use of the command line. */
export class WrongUse extends Error {}

/** Makes options of what the command line says. Throws `WrongUse`. */
export function readOptions(values: FlagValues): PilotOptions {
  const flags: Record<string, Flag> = pilotFlags;
  const text = (name: FlagName): string | undefined => {
    const value = values[name] ?? flags[name]?.default;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const needed = (name: FlagName): string => {
    const value = text(name);
    if (value === undefined) throw new WrongUse(`Say --${name} <${flags[name]?.value}>.`);
    return value;
  };
  const number = (name: FlagName): number => {
    const value = Number(text(name));
    if (Number.isFinite(value) && value >= 0) return value;
    throw new WrongUse(`--${name} wants a number; this is "${text(name)}".`);
  };
  const servers = readServers(needed('server'));
  const aliases = text('alias') === undefined ? [] : readServers(needed('alias'));
  const workerId = text('worker-id') === undefined ? undefined : number('worker-id');
  return {
    servers,
    queue: needed('queue'),
    tokenFile: text('token-file'),
    forgetToken: values['forget-token'] === true,
    tokenKeyFile: text('token-key'),
    origin: text('origin'),
    caFile: text('ca'),
    work: needed('work'),
    jobs: number('jobs'),
    idleSeconds: number('idle'),
    lifetimeSeconds: number('lifetime'),
    label: needed('label'),
    node: text('node') ?? hostname(),
    memoryMb: number('memory'),
    pollSeconds: number('poll'),
    heartbeatSeconds: Math.max(0.1, number('heartbeat')),
    debugHeartbeatSeconds: Math.max(0.1, number('debug-heartbeat')),
    lostAfterSeconds: number('lost-after'),
    patienceSeconds: number('patience'),
    reportPatienceSeconds: number('report-patience'),
    loopingSeconds: number('looping'),
    bases: text('trf-base')?.split(',') ?? [...servers, ...aliases].map((server) => `${server}/trf`),
    aliases,
    waitSeconds: number('wait'),
    harvesterId: text('harvester-id'),
    workerId,
    schedulerId: needed('scheduler-id'),
    isSoleUser: values['sole-user'] === true,
    keep: values.keep === true,
  };
}

function readServers(text: string): string[] {
  return text.split(',').map((each) => {
    const address = each.trim().replace(/\/+$/, '');
    if (!URL.canParse(address) || !/^https?:/.test(address)) {
      throw new WrongUse(`"${each}" is no address of a server; write http://host:port.`);
    }
    return address;
  });
}
