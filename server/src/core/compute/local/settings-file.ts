import type { StoredRequest } from '../run.store.ts';
import type { Mode } from './isolation.ts';

/** Everything the supervisor must know of one run. */
export interface RunSettings {
  mode: Mode;
  uid: number;
  gid: number;
  network: 'open' | 'none';
  graceSeconds: number;
  /** Known to the run's own processes by the variable ORRERY_RUN. */
  runId: string;
  work: string;
  tmp: string;
  root: string;
  /** Shown to the run read-only, besides what the request names. */
  readable: readonly string[];
  /** Never seen by the run, wherever they lie: the data folder, the file of settings. */
  hidden: readonly string[];
  request: Pick<StoredRequest, 'command' | 'environment' | 'limits' | 'readable'>;
}

const mebibyte = 1024 * 1024;

/** Where commands are looked for, unless the request says otherwise. */
const commandPath = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin';

/**
 * The settings as a shell script that both shell programs read. Every value is quoted, so no byte of a command
 * can be taken for shell; NUL bytes were refused at submission.
 */
export function writeSettings(settings: RunSettings): string {
  const { limits, command, readable } = settings.request;
  const values: Record<string, string | number> = {
    mode: settings.mode,
    uid: settings.uid,
    gid: settings.gid,
    unshare_network: settings.network === 'none' && settings.mode.endsWith('namespaces') ? '--net' : '',
    processes: limits.processes,
    output_bytes: limits.outputMb * mebibyte,
    memory_kb: limits.memoryMb * 1024,
    // Against a jump between two samples. Twice the limit, and room for what a runtime maps without using it:
    // Node 24 does not start below 1 GiB of it.
    heap_bytes: (2 * limits.memoryMb + 1536) * mebibyte,
    // The soft limit names itself (SIGXCPU), the hard one kills.
    cpu_limit: limits.cpuSeconds === undefined ? '' : `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + 5}`,
    cpu_seconds: limits.cpuSeconds ?? '',
    wall: limits.wallSeconds,
    grace: settings.graceSeconds,
    mark: settings.runId,
    work: settings.work,
    tmp: settings.tmp,
    root: settings.root,
  };
  const shown = new Set([...settings.readable, ...readable]);
  return [
    ...Object.entries(values).map(([name, value]) => `${name}=${quote(String(value))}`),
    forEach('show_readable', 'show', [...shown]),
    forEach('hide_hidden', 'hide', settings.hidden),
    `is_hidden() {\n  case $1 in\n${settings.hidden.map((file) => `  ${quote(file)}/*) return 0 ;;\n`).join('')}  esac\n  return 1\n}`,
    `start_command() {\n  exec "$@" env -i ${[...environment(settings), ...command.map(quote)].join(' ')}\n}`,
    '',
  ].join('\n');
}

function forEach(name: string, call: string, files: readonly string[]): string {
  return `${name}() {\n  :\n${files.map((file) => `  ${call} ${quote(file)}\n`).join('')}}`;
}

function environment({ mode, work, tmp, runId, request }: RunSettings): string[] {
  const inside = mode.endsWith('namespaces');
  const variables = {
    PATH: commandPath,
    HOME: inside ? '/job' : work,
    TMPDIR: inside ? '/tmp' : tmp,
    LANG: 'C.UTF-8',
    ...request.environment,
    ORRERY_RUN: runId,
  };
  return Object.entries(variables).map(([name, value]) => `${name}=${quote(value)}`);
}

/** One word of a shell script, whatever it contains. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
