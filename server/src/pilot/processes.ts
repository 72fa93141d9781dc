import { readdirSync, readFileSync } from 'node:fs';

/** What a tree of processes uses now. */
export interface Usage {
  processes: number;
  /** Resident memory that no file stands behind, kB. */
  privateKb: number;
  residentKb: number;
  virtualKb: number;
}

const pageKb = 4;

/** Sums up a process and all below it; zero where the system does not tell (there is no /proc). */
export function usageOf(root: number): Usage {
  const usage: Usage = { processes: 0, privateKb: 0, residentKb: 0, virtualKb: 0 };
  for (const pid of descendants(root)) {
    const [size, resident, shared] = readText(`/proc/${pid}/statm`).split(' ').map(Number);
    if (size === undefined || resident === undefined || shared === undefined) continue;
    usage.processes++;
    usage.virtualKb += size * pageKb;
    usage.residentKb += resident * pageKb;
    usage.privateKb += (resident - shared) * pageKb;
  }
  return usage;
}

/** The process and all below it, by the kernel's own lists. */
function descendants(root: number): number[] {
  const found = [root];
  for (let n = 0; n < found.length && n < 10_000; n++) {
    for (const thread of readNames(`/proc/${found[n]}/task`)) {
      const children = readText(`/proc/${found[n]}/task/${thread}/children`).trim();
      if (children !== '') found.push(...children.split(' ').map(Number));
    }
  }
  return found;
}

/** Every process that carries `mark` in its environment: also those that left the tree and the session. */
export function marked(mark: string): number[] {
  const needle = Buffer.from(mark);
  return readNames('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/environ`).includes(needle);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Sends a signal to a whole tree: its group, its members and what carries its mark. */
export function signalTree(root: number, mark: string, signal: NodeJS.Signals): void {
  for (const pid of new Set([-root, ...descendants(root), ...marked(mark)])) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Processes of this user besides this one and those it came from. */
export function othersOfUser(): number[] {
  const kin = new Set<number>();
  for (let pid = process.pid; pid > 0 && !kin.has(pid); pid = Number(statusOf(pid, 'PPid'))) kin.add(pid);
  const user = String(process.getuid?.());
  return readNames('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => !kin.has(pid) && statusOf(pid, 'Uid').split('\t')[0] === user);
}

/** Ends them, also those that are started meanwhile; false when some are still there after a second. */
export async function endOthersOfUser(): Promise<boolean> {
  for (let round = 0; round < 50; round++) {
    const others = othersOfUser().filter((pid) => !/^[ZX]/.test(statusOf(pid, 'State')));
    if (others.length === 0) return true;
    for (const pid of others) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

function statusOf(pid: number, name: string): string {
  const text = readText(`/proc/${pid}/status`);
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? '';
}

/** Since when a process runs, in the kernel's ticks; with its id that names a process for ever. Empty = it is gone. */
export function startOf(pid: number): string {
  const text = readText(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
