import { expect, test } from 'vitest';
import type {
  Compute,
  ComputeInput,
  ComputeRequest,
  ComputeRun,
} from '../../server/src/core/compute/index.ts';
import type { Db } from '../../server/src/core/db/index.ts';
import { eventually } from '../support/eventually.ts';

/** A backend under test, started, with nothing queued. */
export interface ComputeUnderTest {
  db: Db;
  compute: Compute;
  backend: string;
  /** Seconds within which a run of no length ends; a cluster is slower than this host. */
  patienceSeconds: number;
}

/** A request with room for small things; the fields given replace the usual ones. */
export function aRequest(
  backend: string,
  script: string,
  more: Partial<ComputeRequest> = {},
): ComputeRequest {
  return {
    owner: { module: 'example', kind: 'job', id: 'one' },
    fairKey: 'ada',
    command: ['sh', '-c', script],
    environment: {},
    inputs: [],
    limits: { memoryMb: 256, processes: 32, wallSeconds: 60, outputMb: 32 },
    backend,
    asAdmin: true,
    ...more,
  };
}

/** Submits and waits for the end. */
export async function runToEnd(it: ComputeUnderTest, request: ComputeRequest): Promise<ComputeRun> {
  return ended(it, await it.db.transaction((tx) => it.compute.submit(tx, request)));
}

export async function ended(it: ComputeUnderTest, runId: string): Promise<ComputeRun> {
  return eventually(async () => {
    const run = await it.compute.state(runId);
    expect(run.state).toBe('ended');
    return run;
  }, it.patienceSeconds * 1000);
}

/** Waits until what the run printed satisfies `check`. */
export async function printed(it: ComputeUnderTest, runId: string, words: string | RegExp): Promise<string> {
  return eventually(async () => {
    const { bytes } = await it.compute.readLog(runId, 'stdout', 0, 1_000_000);
    expect(bytes.toString()).toMatch(words);
    return bytes.toString();
  }, it.patienceSeconds * 1000);
}

/** What every backend promises. `it.compute` may be set as late as in `beforeAll`. */
export function computeSuite(it: ComputeUnderTest): void {
  const request = (script: string, more: Partial<ComputeRequest> = {}): ComputeRequest =>
    aRequest(it.backend, script, more);
  const submit = (asked: ComputeRequest): Promise<string> =>
    it.db.transaction((tx) => it.compute.submit(tx, asked));

  test.each([
    ['true', 0],
    ['false', 1],
    ['exit 3', 3],
    ['/no/such/program', 127],
  ])('the exit code of %s is told', async (script, code) => {
    const run = await runToEnd(it, request(script));
    expect(run).toMatchObject({ state: 'ended', exit: { code, signal: null, reason: 'exited' } });
    expect(run.startedAt).toBeInstanceOf(Date);
    expect((run.endedAt as Date).getTime()).toBeGreaterThanOrEqual((run.startedAt as Date).getTime());
    expect(run.wallSeconds).toBeGreaterThanOrEqual(0);
  });

  test('a run that dies of a signal tells which', async () => {
    const run = await runToEnd(it, request('kill -SEGV $$'));
    expect(run.exit).toEqual({
      code: null,
      signal: 'SIGSEGV',
      reason: 'killed',
      message: 'Was ended by SIGSEGV.',
    });
  });

  test('arguments, environment and inputs arrive byte by byte', async () => {
    const odd = `a'b"c $HOME \`x\` \\ \n é;|&`;
    const inputs: ComputeInput[] = [
      { path: 'in/deep/file name.txt', content: Buffer.from(odd) },
      {
        path: 'run.sh',
        content: Buffer.from('#!/bin/sh\nprintf %s "$ODD" >env; printf %s "$1" >arg; env >all; pwd\n'),
        executable: true,
      },
    ];
    const run = await runToEnd(
      it,
      request('', { command: ['./run.sh', odd], environment: { ODD: odd }, inputs }),
    );
    expect(run.exit?.code).toBe(0);
    const folder = await it.compute.collect(run.runId);
    expect(await textOf(await folder.open('in/deep/file name.txt'))).toBe(odd);
    expect(await textOf(await folder.open('env'))).toBe(odd);
    expect(await textOf(await folder.open('arg'))).toBe(odd);
  });

  test('the environment holds what was asked for and nothing of the server', async () => {
    process.env.ORRERY_PLANTED_SECRET = 'geheim';
    const run = await runToEnd(
      it,
      request('env | cut -d= -f1 | sort | tr "\\n" " "', { environment: { ASKED: '1' } }),
    );
    const { bytes } = await it.compute.readLog(run.runId, 'stdout', 0, 10_000);
    expect(
      bytes
        .toString()
        .split(' ')
        .filter((name) => !['PWD', '_', 'SHLVL', 'OLDPWD', ''].includes(name)),
    ).toEqual(['ASKED', 'HOME', 'LANG', 'ORRERY_RUN', 'PATH', 'TMPDIR']);
  });

  test('results are listed and read, links out of the folder are not', async () => {
    const run = await runToEnd(
      it,
      request(
        'mkdir d; echo hello >d/result; ln -s /etc/passwd stolen; ln -s /etc etc; mkfifo pipe; echo x >plain',
      ),
    );
    const folder = await it.compute.collect(run.runId);
    expect(await folder.list()).toMatchObject([
      { path: 'd/result', sizeBytes: 6 },
      { path: 'plain', sizeBytes: 2 },
    ]);
    expect(await textOf(await folder.open('d/result'))).toBe('hello\n');
    for (const name of ['stolen', 'etc/passwd', 'pipe', '../log/stdout', '/etc/passwd', 'no', 'd']) {
      const refused = folder.open(name).then(textOf);
      await expect(refused, name).rejects.toMatchObject({ code: expect.stringMatching(/^files\.path-/) });
    }
  });

  test('files in folders that the run closed are collected, and the folder can be removed', async () => {
    const run = await runToEnd(it, request('mkdir -p a/b; echo x >a/b/c; chmod 000 a/b a'));
    const folder = await it.compute.collect(run.runId);
    expect(await folder.list()).toMatchObject([{ path: 'a/b/c', sizeBytes: 2 }]);
    await it.compute.remove(run.runId);
    expect(await it.compute.states([run.runId])).toEqual([]);
  });

  test('the log is read in parts while the run goes on', async () => {
    const runId = await submit(request('printf first; exec sleep 3333'));
    await printed(it, runId, /^first$/);
    await eventually(async () => expect((await it.compute.state(runId)).state).toBe('running'));
    const part = await it.compute.readLog(runId, 'stdout', 2, 2);
    expect({ text: part.bytes.toString(), next: part.nextByte, size: part.sizeBytes }).toEqual({
      text: 'rs',
      next: 4,
      size: 5,
    });
    expect((await it.compute.readLog(runId, 'stderr', 0, 10)).bytes).toHaveLength(0);
    await it.compute.cancel(runId, 'enough seen');
    await ended(it, runId);
  });

  test('a run may write to /dev/stdout and /dev/stderr by name', async () => {
    const run = await runToEnd(it, request('echo out >>/dev/stdout; echo err >>/dev/stderr'));
    expect((await it.compute.readLog(run.runId, 'stdout', 0, 100)).bytes.toString()).toBe('out\n');
    expect((await it.compute.readLog(run.runId, 'stderr', 0, 100)).bytes.toString()).toBe('err\n');
  });

  test('the time limit ends the whole tree, also what left the session and ignores TERM', async () => {
    const run = await runToEnd(
      it,
      request(
        'setsid sh -c "trap \\"\\" TERM; while :; do sleep 0.2; echo x >>beat; done" & setsid setsid sleep 3333 & sleep 3333',
        {
          limits: { memoryMb: 256, processes: 32, wallSeconds: 1, outputMb: 32 },
        },
      ),
    );
    expect(run.exit).toMatchObject({
      reason: 'time-limit',
      message: 'Was stopped after 1 s, its time limit.',
    });
    expect(run.wallSeconds).toBeGreaterThanOrEqual(1);
    const folder = await it.compute.collect(run.runId);
    const before = await folder.list();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await folder.list(), 'nothing writes any more').toEqual(before);
  });

  test('a run that writes too much into one file or its log is stopped', async () => {
    const limits = { memoryMb: 256, processes: 32, wallSeconds: 60, outputMb: 1 };
    const run = await runToEnd(it, request('exec head -c 3000000 /dev/zero', { limits }));
    expect(run.exit).toMatchObject({
      reason: 'output-limit',
      message: 'Was stopped: it wrote more than 1 MiB.',
    });
    expect((await it.compute.readLog(run.runId, 'stdout', 0, 1)).sizeBytes).toBe(1024 * 1024);
  });

  test('a run that writes too much in many files is stopped', async () => {
    const limits = { memoryMb: 256, processes: 32, wallSeconds: 60, outputMb: 2 };
    const run = await runToEnd(
      it,
      request('for i in 1 2 3 4 5 6; do head -c 1000000 /dev/zero >f$i; done; sleep 3333', { limits }),
    );
    expect(run.exit?.reason).toBe('output-limit');
  });

  test('a run that takes too much memory is stopped', async () => {
    const limits = { memoryMb: 64, processes: 32, wallSeconds: 60, outputMb: 2 };
    const run = await runToEnd(
      it,
      request('', {
        command: [
          'awk',
          'BEGIN { s = "0123456789abcdef"; while (length(s) < 200000000) s = s s; while (1) {} }',
        ],
        limits,
      }),
    );
    expect(run.exit).toMatchObject({
      reason: 'memory',
      message: 'Was stopped: its processes used more than 64 MiB of memory.',
    });
    expect(run.peakMemoryMb).toBeGreaterThan(64);
  });

  test('a run of some length tells its processor time', async () => {
    const run = await runToEnd(it, request('i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'));
    expect(run.cpuSeconds).toBeGreaterThan(0.05);
    expect(run.cpuSeconds).toBeLessThan((run.wallSeconds as number) + 1);
  });

  test('a running run is cancelled', async () => {
    const runId = await submit(request('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.1; done'));
    await printed(it, runId, /up/);
    await it.compute.cancel(runId, 'Ada changed her mind');
    const run = await ended(it, runId);
    expect(run.exit).toMatchObject({ reason: 'cancelled', message: 'Was cancelled: Ada changed her mind.' });
    expect(await printed(it, runId, /bye/)).toBe('up\nbye\n');
    await it.compute.cancel(runId, 'again');
    expect((await it.compute.state(runId)).exit).toEqual(run.exit);
  });

  test('a run that is cancelled at any moment of its start ends by being asked, not by force after the grace', async () => {
    const cancelledAfter = async (ms: number) => {
      const runId = await submit(request('sleep 3333'));
      await eventually(async () => expect((await it.compute.state(runId)).state).not.toBe('queued'));
      await new Promise((resolve) => setTimeout(resolve, ms));
      await it.compute.cancel(runId, 'changed my mind');
      return (await ended(it, runId)).exit;
    };
    for (const ms of [0, 15, 30, 45, 60, 75, 90, 120]) {
      const exit = await cancelledAfter(ms);
      expect([ms, exit?.reason, exit?.signal === 'SIGKILL' || exit?.code === 137]).toEqual([
        ms,
        'cancelled',
        false,
      ]);
    }
  });

  test('an input that is not there ends the run with a sentence', async () => {
    const run = await runToEnd(
      it,
      request('true', { inputs: [{ path: 'x', content: { file: '/no/such/file' } }] }),
    );
    expect(run.exit).toMatchObject({
      code: null,
      reason: 'lost',
      message: expect.stringContaining('Input "x"'),
    });
  });

  test('an ended run is removed, an active one is not', async () => {
    const runId = await submit(request('echo up; sleep 3333'));
    await printed(it, runId, /up/);
    await expect(it.compute.remove(runId)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'compute.run-active',
    });
    await expect(it.compute.collect(runId)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'compute.run-active',
    });
    await it.compute.cancel(runId, 'test');
    await ended(it, runId);
    await it.compute.remove(runId);
    await it.compute.remove(runId);
    await expect(it.compute.state(runId)).rejects.toMatchObject({
      kind: 'missing',
      code: 'compute.run-unknown',
    });
    expect(await it.compute.states([runId])).toEqual([]);
  });

  test('a folder that the run closed to us is removed all the same', async () => {
    const run = await runToEnd(it, request('mkdir -p a/b; echo x >a/b/c; chmod 000 a/b a'));
    await it.compute.remove(run.runId);
    expect(await it.compute.states([run.runId])).toEqual([]);
  });

  test('nothing is submitted when the transaction rolls back', async () => {
    let runId = '';
    const rolledBack = it.db.transaction(async (tx) => {
      runId = await it.compute.submit(tx, request('true'));
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    expect(await it.compute.states([runId])).toEqual([]);
  });
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}
