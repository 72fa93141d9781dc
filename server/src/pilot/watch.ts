import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Payload } from './payload.ts';
import { JobProblem } from './problems.ts';
import { usageOf } from './processes.ts';

/** What a payload may use; 0 = no limit. */
export interface Limits {
  memoryMb: number;
  wallSeconds: number;
  workMb: number;
  stdoutMb: number;
  /** Without any change of a file for so long it loops. */
  loopingSeconds: number;
}

/** The most that was seen, kB. */
export interface Peaks {
  maxRSS: number;
  maxVMEM: number;
  maxPSS: number;
}

const memoryEveryMs = 1000;
const filesEveryMs = 10_000;

/** Looks after a payload until it is over, and stops it where it exceeds its limits. */
export async function watchPayload(
  payload: Payload,
  folder: string,
  limits: Limits,
  peaks: Peaks,
): Promise<void> {
  const startedAt = performance.now();
  let filesAt = startedAt;
  while (!payload.isOver) {
    await new Promise((resolve) => setTimeout(resolve, memoryEveryMs).unref());
    if (payload.isOver) return;
    const now = performance.now();
    lookAtMemory(payload, limits, peaks);
    if (limits.wallSeconds > 0 && now - startedAt > limits.wallSeconds * 1000) {
      payload.stop(new JobProblem('outOfTime', `the payload ran longer than ${limits.wallSeconds} s`));
    }
    if (now - filesAt < filesEveryMs) continue;
    filesAt = now;
    await lookAtFiles(payload, folder, limits);
  }
}

function lookAtMemory(payload: Payload, limits: Limits, peaks: Peaks): void {
  const usage = usageOf(payload.pid);
  peaks.maxRSS = Math.max(peaks.maxRSS, usage.residentKb);
  peaks.maxPSS = Math.max(peaks.maxPSS, usage.privateKb);
  peaks.maxVMEM = Math.max(peaks.maxVMEM, usage.virtualKb);
  if (limits.memoryMb > 0 && usage.privateKb > limits.memoryMb * 1024) {
    const used = Math.round(usage.privateKb / 1024);
    payload.stop(
      new JobProblem('outOfMemory', `the payload used ${used} MB; it may use ${limits.memoryMb} MB`),
    );
  }
}

async function lookAtFiles(payload: Payload, folder: string, limits: Limits): Promise<void> {
  const stdout = await stat(path.join(folder, 'payload.stdout')).catch(() => null);
  if (limits.stdoutMb > 0 && (stdout?.size ?? 0) > limits.stdoutMb * 1024 * 1024) {
    payload.stop(new JobProblem('stdoutTooLarge', `the payload printed more than ${limits.stdoutMb} MB`));
  }
  const { bytes, newestMs } = await folderUsage(folder);
  if (limits.workMb > 0 && bytes > limits.workMb * 1024 * 1024) {
    payload.stop(new JobProblem('workFolderTooLarge', `the work folder has more than ${limits.workMb} MB`));
  }
  const quietSeconds = (Date.now() - newestMs) / 1000;
  if (limits.loopingSeconds > 0 && newestMs > 0 && quietSeconds > limits.loopingSeconds) {
    payload.stop(new JobProblem('looping', `no file changed for ${Math.round(quietSeconds)} s`));
  }
}

/** Bytes below a folder, and when the last of its files changed. */
async function folderUsage(folder: string): Promise<{ bytes: number; newestMs: number }> {
  let bytes = 0;
  let newestMs = 0;
  for (const item of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!item.isFile()) continue;
    const found = await lstat(path.join(item.parentPath, item.name)).catch(() => null);
    bytes += found?.size ?? 0;
    newestMs = Math.max(newestMs, found?.mtimeMs ?? 0);
  }
  return { bytes, newestMs };
}
