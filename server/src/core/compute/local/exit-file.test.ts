import { expect, test } from 'vitest';
import { type ExitFiles, readExit } from './exit-file.ts';

const limits = { memoryMb: 64, processes: 8, wallSeconds: 10, outputMb: 1, cpuSeconds: 5 };

function read(code: number | string, more: Partial<ExitFiles> = {}, why: string | null = null) {
  const times = '0m0.010000s 0m0.000000s\n1m2.250000s 0m0.500000s\n';
  return readExit(
    { exit: `code ${code}\nran 1234\n`, times, reason: null, logBytes: 0, trouble: '', ...more },
    limits,
    why,
  );
}

test.each([
  [0, {}, { code: 0, signal: null, reason: 'exited', message: 'Ended well.' }],
  [3, {}, { code: 3, signal: null, reason: 'exited', message: 'Ended with exit code 3.' }],
  [139, {}, { code: null, signal: 'SIGSEGV', reason: 'killed', message: 'Was ended by SIGSEGV.' }],
  [255, {}, { code: 255, signal: null, reason: 'exited', message: 'Ended with exit code 255.' }],
  [
    152,
    {},
    {
      code: null,
      signal: 'SIGXCPU',
      reason: 'time-limit',
      message: 'Was stopped: a process used more than 5 s of processor time.',
    },
  ],
  [
    153,
    {},
    {
      code: null,
      signal: 'SIGXFSZ',
      reason: 'output-limit',
      message: 'Was stopped: it wrote more than 1 MiB.',
    },
  ],
  [
    1,
    { logBytes: 1024 * 1024 },
    { code: 1, signal: null, reason: 'output-limit', message: 'Was stopped: it wrote more than 1 MiB.' },
  ],
  [
    143,
    { reason: 'time-limit\n' },
    {
      code: null,
      signal: 'SIGTERM',
      reason: 'time-limit',
      message: 'Was stopped after 10 s, its time limit.',
    },
  ],
  [
    0,
    { reason: 'memory\n' },
    {
      code: 0,
      signal: null,
      reason: 'memory',
      message: 'Was stopped: its processes used more than 64 MiB of memory.',
    },
  ],
  [
    125,
    { reason: 'lost\n', trouble: 'No root.' },
    { code: 125, signal: null, reason: 'lost', message: 'No root.' },
  ],
] as const)('status %i with %j', (code, more, exit) => {
  expect(read(code, more)).toEqual({ exit, wallSeconds: 12.34, cpuSeconds: 62.75 });
});

test('a cancelled run tells who wanted it', () => {
  expect(read(143, { reason: 'cancelled\n' }, 'Ada').exit.message).toBe('Was cancelled: Ada.');
});

test('a file with other contents than ours does not throw', () => {
  for (const exit of ['', 'x', 'code\nran', 'code x\nran y']) {
    expect(
      readExit({ exit, times: '', reason: 'other', logBytes: 0, trouble: '' }, limits, null).exit,
    ).toMatchObject({
      code: null,
      signal: null,
    });
  }
});
