import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { BackendReport } from '../../core/compute/index.ts';
import type { Queue } from '../queues/queues.store.ts';

/** Whether a job can get at the token of the pilot that runs it. */
export interface TokenSafety {
  isSafe: boolean;
  /** For people: what keeps it safe, or what a hostile job can do and what would mend it. */
  why: string;
}

/** What a queue's factory promises on these hosts. */
export async function tokenSafety(queue: Queue, hosts: readonly BackendReport[]): Promise<TokenSafety> {
  const can = `with it, take and report jobs${queue.vo === null ? '' : ` of ${queue.vo}`} until the pilot ends`;
  if (queue.document.pilotFactory?.pilot === 'pilot3') {
    return {
      isSafe: false,
      why: `pilot3 keeps its token in a file that its jobs can read. A hostile job can, ${can}. Let trusted users alone use the queue, or the server's own pilot serve it.`,
    };
  }
  const barred = await barsTracing();
  const open = hosts.find(({ nested, host }) => !nested && !(barred && host.split(':')[0] === hostname()));
  if (open === undefined) return { isSafe: true, why: 'No job can read the token of its pilot.' };
  return {
    isSafe: false,
    why: `${open.host.split(':')[0]} allows no user namespaces within runs, so a hostile job can read the token in its pilot's memory and, ${can}. Allow user namespaces there, or set kernel.yama.ptrace_scope to 1.`,
  };
}

/** True when the kernel of this machine lets no program look into another one that it did not start (Yama). */
async function barsTracing(): Promise<boolean> {
  const text = await readFile('/proc/sys/kernel/yama/ptrace_scope', 'utf8').catch(() => '0');
  return Number(text) >= 1;
}
