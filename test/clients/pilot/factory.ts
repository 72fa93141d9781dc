import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Place } from './place.ts';
import { adler32Of, aJob, checkStored, must, mustBe, placeOf } from './scenarios.ts';

/** A queue whose pilots the server starts itself. */
export interface FactoryPlace extends Place {
  queue: string;
  submit(job: object): Promise<number>;
  /** `orrery` on the server's data; its standard output. */
  command(...args: string[]): Promise<string>;
}

/** The real pilot again, now started and ended by the factory of a running server. */
export interface FactoryScenario {
  name: string;
  /** The queue's `pilotFactory` beside backend and pilot. */
  factory: { max: number };
  check(place: FactoryPlace): Promise<void>;
}

const finals = ['finished', 'failed', 'cancelled', 'closed'];
/** As root the first user ids of runs; pilot3 ends what belongs to its own user. */
const firstUid = 61_000;
const slots = 4;

/** Processes without a parent, of every user whose pilot could end them, are still there afterwards. */
async function withBystanders(work: () => Promise<void>): Promise<void> {
  const users =
    process.getuid?.() === 0 ? Array.from({ length: slots }, (_, n) => firstUid + n) : [undefined];
  const bystanders = users.map(orphan);
  try {
    await work();
    must(bystanders.every(isThere), 'pilot3 has ended a process that is not its own');
  } finally {
    for (const pid of bystanders.filter(isThere)) process.kill(pid, 'SIGKILL');
  }
}

/** Its parent has ended: the kind that pilot3 looks for. */
function orphan(uid: number | undefined): number {
  const who = uid === undefined ? {} : { uid, gid: uid };
  const script = 'setsid sleep 1000 >/dev/null 2>&1 & echo $!';
  return Number(execFileSync('sh', ['-c', script], { encoding: 'utf8', ...who }));
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export const factoryScenarios: readonly FactoryScenario[] = [
  {
    name: 'started by the factory: input, output and log through the server',
    factory: { max: 1 },
    check: (place) =>
      withBystanders(async () => {
        const source = placeOf(place.storage, 'user.tester', 'factory-numbers.txt');
        await mkdir(path.dirname(source), { recursive: true });
        await writeFile(source, 'one two three\n');
        const inputs = {
          inFiles: 'factory-numbers.txt',
          GUID: '0f1a2b3c-1111-4222-8333-444455557778',
          fsize: '14',
          checksum: `ad:${adler32Of(source)}`,
          scopeIn: 'user.tester',
          ddmEndPointIn: 'LOCAL_DATADISK',
          realDatasetsIn: 'user.tester.input/',
          prodDBlocks: 'user.tester.input/',
          prodDBlockToken: 'NULL',
        };
        const jobIds = [
          await place.submit(aJob(place, 'factory1', inputs)),
          await place.submit(aJob(place, 'factory2')),
        ];
        for (const jobId of jobIds) {
          await place.until(jobId, finals, 240_000);
          const job = mustBe(await place.seen(jobId), 'finished');
          must(
            (await checkStored(place, job, 'output')).includes('alpha beta'),
            'the output has other words',
          );
          await checkStored(place, job, 'log');
        }
      }),
  },
  {
    name: 'started by the factory: kill while running',
    factory: { max: 1 },
    check: (place) =>
      withBystanders(async () => {
        const killed = { transformation: place.generic, jobPars: '-j "" -r . -p "sleep%20300"' };
        const jobId = await place.submit(aJob(place, 'factorykill', killed));
        await place.until(jobId, ['running'], 120_000);
        await sleep(3000);
        await place.kill(jobId);
        await place.until(jobId, finals, 300_000);
        const { errors } = mustBe(await place.seen(jobId), 'cancelled');
        must(errors?.pilot?.code === 1144, `pilot error ${JSON.stringify(errors)}`);
      }),
  },
  {
    name: 'started by the factory: ended by an operator, and its job is begun again',
    factory: { max: 1 },
    check: (place) =>
      withBystanders(async () => {
        const long = { transformation: place.generic, jobPars: '-j "" -r . -p "sleep%20300"' };
        const jobId = await place.submit(aJob(place, 'factoryend', long));
        await place.until(jobId, ['running'], 120_000);
        await place.command('panda', 'queue', 'status', place.queue, 'offline', '--reason', 'a test');
        const said = await place.command('panda', 'pilots', 'stop', '--queue', place.queue, '--now');
        must(said.endsWith(`${place.queue} ended`), `stop says: ${said}`);
        await place.until(jobId, ['activated'], 20_000);
        const left = await place.command('panda', 'pilots', 'list', '--queue', place.queue);
        must(left.split('\n').length === 1, `there are pilots left: ${left}`);
      }),
  },
];
