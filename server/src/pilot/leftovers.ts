import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { findFinal, keepFinal, sendFinal } from './final-report.ts';
import { problemCodes } from './problems.ts';
import { marked, signalTree, startOf } from './processes.ts';
import { findRecord, type JobRecord } from './record.ts';
import type { AnswerFields } from './wire.ts';
import type { Worker } from './worker.ts';

const prefix = 'pilot-';
const ownerFile = 'owner.json';
/** A pilot that cannot be looked at from here counts as gone when it has not touched its file for so long. */
const silentMs = 600_000;
const touchEveryMs = 60_000;

interface Owner {
  pid: number;
  start: string;
  /** Host, boot and process namespace: where the pid means something. */
  where: string;
}

/** Makes the folder of this pilot and shows that it lives. */
export async function makeOwn(work: string): Promise<{ own: string; leave: () => Promise<void> }> {
  const own = path.resolve(work, `${prefix}${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`);
  await mkdir(own, { recursive: true });
  const file = path.join(own, ownerFile);
  const owner: Owner = { pid: process.pid, start: startOf(process.pid), where: await whereWeAre() };
  await writeFile(file, JSON.stringify(owner));
  const touching = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, touchEveryMs);
  touching.unref();
  return {
    own,
    /** Removes the folder unless it still has a job in it. */
    async leave() {
      clearInterval(touching);
      const left = (await readdir(own)).filter((name) => name !== ownerFile);
      if (left.length === 0) await rm(own, { recursive: true, force: true });
    },
  };
}

async function whereWeAre(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const space = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${hostname()} ${boot.trim()} ${space}`;
}

/** Takes over the jobs of pilots that are gone: what is left of their payloads is ended. Returns the folders. */
export async function adoptLeftovers({ options, own, log }: Worker): Promise<string[]> {
  const here = await whereWeAre();
  const adopted: string[] = [];
  for (const name of await readdir(options.work)) {
    const folder = path.resolve(options.work, name);
    if (!name.startsWith(prefix) || folder === own || !(await isAbandoned(folder, here))) continue;
    const target = path.join(own, `adopted-${name}`);
    // One of several pilots that start at the same time gets it.
    if (
      !(await rename(folder, target).then(
        () => true,
        () => false,
      ))
    )
      continue;
    log.say(`the pilot of ${name} is gone`);
    const jobs = (await readdir(target)).filter((each) => each.startsWith('job-'));
    adopted.push(...jobs.map((each) => path.join(target, each)));
    if (jobs.length === 0) await rm(target, { recursive: true, force: true });
  }
  for (const folder of adopted) await endPayload(folder);
  return adopted;
}

async function isAbandoned(folder: string, here: string): Promise<boolean> {
  const file = path.join(folder, ownerFile);
  try {
    const owner = JSON.parse(await readFile(file, 'utf8')) as Owner;
    if (owner.where === here) return startOf(owner.pid) !== owner.start;
    return Date.now() - (await stat(file)).mtimeMs > silentMs;
  } catch {
    // It was just made, or its pilot was killed between two lines.
    const found = await stat(folder).catch(() => null);
    return found !== null && Date.now() - found.mtimeMs > silentMs;
  }
}

async function endPayload(folder: string): Promise<void> {
  const record = await findRecord(folder);
  if (record?.payload == null) return;
  const { pid, start, mark } = record.payload;
  if (start !== '' && startOf(pid) === start) signalTree(pid, mark, 'SIGKILL');
  for (const each of marked(mark)) signalTree(each, mark, 'SIGKILL');
}

/** Reports what the pilots that are gone did not get to. True when everything was acknowledged. */
export async function reportLeftovers(
  worker: Worker,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  let isAll = true;
  for (const folder of folders) {
    const fields = (await findFinal(folder)) ?? (await interrupted(folder));
    const isDone =
      fields === null ||
      (await sendFinal(worker.server, fields, {
        forMs: worker.options.reportPatienceSeconds * 1000,
        signal,
        tell: worker.log.say,
      }));
    if (isDone) {
      await rm(folder, { recursive: true, force: true });
      await removeIfEmpty(path.dirname(folder));
    }
    isAll &&= isDone;
  }
  return isAll;
}

async function removeIfEmpty(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name !== ownerFile);
  if (left.length === 0) await rm(folder, { recursive: true, force: true });
}

/** The last word on a job whose pilot was killed in the middle of it. */
async function interrupted(folder: string): Promise<AnswerFields | null> {
  const record: JobRecord | null = await findRecord(folder);
  if (record === null) return null;
  const fields = {
    ...record.about,
    state: 'failed',
    timestamp: new Date().toISOString(),
    xml: '{}',
    endTime: Date.now() / 1000,
    pilotErrorCode: problemCodes.killed,
    pilotErrorDiag: 'the pilot was killed in the middle of the job',
    transExitCode: 0,
    exeErrorCode: 0,
    exeErrorDiag: '',
  };
  await keepFinal(folder, fields);
  return fields;
}
