import type { UwsJob, UwsLog, UwsPhase } from '@orrery/contracts/uws';
import { expect, test, vi } from 'vitest';
import { CommandFailure } from './failure.ts';
import { followPhases, lasting, phasePrinter } from './follow-job.ts';
import { followLog } from './follow-log.ts';
import type { Remote } from './remote.ts';

type Followed = Pick<UwsJob, 'id' | 'definition' | 'phase' | 'phases' | 'error'>;

/** A job as far as following looks at it. */
function aJob(phases: readonly UwsPhase[], error: string | null = null): Followed {
  const at = '2031-01-01T10:00:00.123Z';
  return {
    id: 'a1',
    definition: 'hello',
    phase: phases.at(-1) ?? 'PENDING',
    phases: phases.map((phase) => ({ phase, at, why: `It is ${phase}.` })),
    error,
  };
}

/** A server of which only the answers to GET are asked for. */
function aRemote(answer: (path: string) => unknown): Remote {
  return {
    async json<T>(_method: string, path: string): Promise<T> {
      return (await answer(path)) as T;
    },
    good: () => Promise.reject(new Error('not asked')),
    async *bytesOf() {},
  };
}

async function collect(remote: Remote, rests: number[]): Promise<UwsPhase[]> {
  const seen: UwsPhase[] = [];
  const rest = async (milliseconds: number) => rests.push(milliseconds);
  for await (const job of followPhases(remote, 'a1', rest)) seen.push(job.phase);
  return seen;
}

test('each change is given once, after a wait that the server holds; nothing is asked after the end', async () => {
  const states = [
    aJob(['PENDING']),
    aJob(['PENDING', 'QUEUED']),
    aJob(['PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED']),
  ];
  const asked: string[] = [];
  const remote = aRemote((path) => {
    asked.push(path);
    return path.startsWith('/rest') ? {} : states.shift();
  });
  const rests: number[] = [];
  expect(await collect(remote, rests)).toEqual(['PENDING', 'QUEUED', 'COMPLETED']);
  expect(asked).toEqual([
    '/api/uws/jobs/a1',
    '/rest/hello/a1',
    '/api/uws/jobs/a1',
    '/rest/hello/a1',
    '/api/uws/jobs/a1',
  ]);
  expect(rests).toEqual([]);
});

test('a server that does not hold waits is asked ever less often', async () => {
  let asked = 0;
  const remote = aRemote((path) => {
    if (path.startsWith('/rest')) return {};
    return ++asked < 9 ? aJob(['PENDING', 'EXECUTING']) : aJob(['PENDING', 'EXECUTING', 'ERROR']);
  });
  const rests: number[] = [];
  expect(await collect(remote, rests)).toEqual(['EXECUTING', 'ERROR']);
  expect(rests).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

test('phases that no wait holds are asked for with pauses', async () => {
  const states = [aJob(['HELD']), aJob(['HELD']), aJob(['HELD', 'ABORTED'])];
  const asked: string[] = [];
  const remote = aRemote((path) => {
    asked.push(path);
    return states.shift();
  });
  const rests: number[] = [];
  expect(await collect(remote, rests)).toEqual(['HELD', 'ABORTED']);
  expect([asked.every((path) => path === '/api/uws/jobs/a1'), rests]).toEqual([true, [1000]]);
});

test('a server that is away is waited for, not for ever; a refusal is told at once', async () => {
  const quiet = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const away = new CommandFailure('unreachable', 'No server answers.');
  let tries = 0;
  const rests: number[] = [];
  const rest = async (milliseconds: number) => rests.push(milliseconds);
  const back = await lasting(async () => {
    if (++tries < 4) throw away;
    return 'back';
  }, rest);
  expect([back, rests]).toEqual(['back', [1000, 2000, 4000]]);
  await expect(lasting(() => Promise.reject(away), rest)).rejects.toBe(away);
  const waited = rests.slice(3).reduce((sum, each) => sum + each, 0);
  expect(waited).toBeGreaterThanOrEqual(180_000);
  expect(waited).toBeLessThan(200_000);
  expect(quiet, 'once for each time it is away').toHaveBeenCalledTimes(2);
  quiet.mockRestore();
  const refused = new CommandFailure('missing', 'There is no job.');
  await expect(lasting(() => Promise.reject(refused), rest)).rejects.toBe(refused);
});

test('a server that is not there at the first question is told, not waited for', async () => {
  const away = new CommandFailure('unreachable', 'No server answers.');
  const rests: number[] = [];
  await expect(
    collect(
      aRemote(() => Promise.reject(away)),
      rests,
    ),
  ).rejects.toBe(away);
  expect(rests).toEqual([]);
});

test('each phase is printed once, with its time and its reason, and no sign steers the terminal', () => {
  let printed = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const print = phasePrinter();
  print(aJob(['PENDING']));
  print(aJob(['PENDING', 'EXECUTING']));
  print(aJob(['PENDING', 'EXECUTING', 'ERROR'], 'It\u001b[2Jfailed\nin line 3.'));
  write.mockRestore();
  expect(printed.split('\n')).toEqual([
    '2031-01-01T10:00:00Z  PENDING    It is PENDING.',
    '2031-01-01T10:00:00Z  EXECUTING  It is EXECUTING.',
    '2031-01-01T10:00:00Z  ERROR      It is ERROR.',
    'It [2Jfailed in line 3.',
    '',
  ]);
});

test('a log is read on from where it ended, to its end', async () => {
  const whole = 'first line\nsecond line\n';
  const pieces: UwsLog[] = [10, 11, whole.length].map((nextByte, n, all) => {
    const fromByte = all[n - 1] ?? 0;
    const isLast = nextByte === whole.length;
    return {
      text: whole.slice(fromByte, nextByte),
      fromByte,
      nextByte,
      ended: isLast,
      sizeBytes: whole.length,
    };
  });
  const remote = aRemote((path) => {
    expect(path).toBe('/api/uws/jobs/a1/log');
    return pieces.shift();
  });
  let text = '';
  await followLog(remote, 'a1', 'stdout', new AbortController().signal, async (piece) => {
    text += piece;
  });
  expect([text, pieces]).toEqual([whole, []]);
});

test('a quiet log is asked for at once when its job ends', async () => {
  const ended = new AbortController();
  let asked = 0;
  const remote = aRemote((): UwsLog => {
    if (++asked === 1) queueMicrotask(() => ended.abort());
    return { text: '', fromByte: 0, nextByte: 0, ended: asked > 1, sizeBytes: 0 };
  });
  await followLog(remote, 'a1', 'stderr', ended.signal, async () => {});
  expect(asked).toBe(2);
});
