import type { UwsDefinition, UwsJob, UwsParameterDescription } from '@orrery/contracts';
import { describe, expect, test } from 'vitest';
import { problemOf } from './check-value.ts';
import { startOf } from './form-start.ts';
import { linesOf, readStoredInput, sameFiles, storedInput } from './stored-input.ts';

const parameter = (
  name: string,
  type: UwsParameterDescription['type'],
  more: Partial<UwsParameterDescription> = {},
): UwsParameterDescription => ({
  name,
  type,
  required: false,
  default: null,
  description: '',
  unit: null,
  min: null,
  max: null,
  options: null,
  maxLength: null,
  multiple: false,
  mediaTypes: null,
  ...more,
});

const bkg: UwsDefinition = {
  name: 'bkg_sources',
  title: 'Background and sources',
  description: '',
  version: 4,
  label: null,
  contactName: null,
  mayRun: true,
  runs: 0,
  medianSeconds: null,
  documentation: null,
  parameters: [
    parameter('input', 'file', { required: true }),
    parameter('mesh', 'integer'),
    parameter('threshold', 'number'),
    parameter('kernel', 'string', { options: ['gauss', 'none'] }),
  ],
  results: [],
  executionDuration: 7200,
  maxExecutionDuration: 86_400,
  keepDays: 30,
  maxUploadBytes: 1_000_000,
  script: null,
  program: null,
  memoryMb: 1024,
  createdAt: '2026-11-01T00:00:00.000Z',
  createdBy: 'op',
};

const value = (name: string, text: string, more: Partial<UwsJob['parameters'][number]> = {}) => ({
  name,
  value: text,
  type: 'number' as const,
  unit: null,
  isDefault: false,
  href: null,
  sizeBytes: null,
  ...more,
});

const completedJob: UwsJob = {
  id: 'k3m9x7q2',
  definition: 'bkg_sources',
  runId: 'tile 7',
  owner: 'op',
  phase: 'COMPLETED',
  createdAt: '2026-11-22T00:00:00.000Z',
  startedAt: null,
  endedAt: null,
  deadline: null,
  overdue: false,
  error: null,
  definitionVersion: 4,
  definitionTitle: 'Background and sources',
  executionDuration: 7200,
  destruction: null,
  deletesAt: null,
  parameters: [
    value('input', 'j8wc7sq9q_flc.fits', { type: 'file', href: '/rest/x', sizeBytes: 1 }),
    value('mesh', '64', { isDefault: true }),
    value('threshold', '2.5'),
  ],
  results: [],
  phases: [],
  promise: null,
  where: null,
  acts: { run: false, abort: false, update: false, delete: true, share: true },
  uwsHref: '/rest/bkg_sources/k3m9x7q2',
};

// A browser has these; the tests run without one.
const kept = new Map<string, string>();
globalThis.sessionStorage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, text: string) => void kept.set(key, text),
  removeItem: (key: string) => void kept.delete(key),
} as Storage;

describe('what of another job is given', () => {
  test('is written and read the same, whatever its name', () => {
    for (const name of ['sub', 'a b', 'ä/ü', '100%']) {
      const input = { jobId: 'k3m9x7q2', kind: 'result' as const, name };
      expect(readStoredInput(storedInput(input))).toEqual(input);
    }
    for (const text of [
      'https://x/orrery:job/a/result/b',
      'orrery:job/a/elsewhere/b',
      'orrery:job/a/result/%ZZ',
    ])
      expect(readStoredInput(text)).toBeUndefined();
  });

  test('takes over the files of an earlier job as long as they are kept', () => {
    const file = { name: 'input', type: 'file' as const, unit: null, isDefault: false, sizeBytes: 1 };
    const job = (href: string | null, value: string) =>
      sameFiles({ ...completedJob, id: 'abc' }, { ...file, href, value });
    expect(job('/rest/x', 'a.fits')).toBe('orrery:job/abc/parameter/input');
    expect(job(null, 'https://x/a https://x/b')).toBe('https://x/a\nhttps://x/b');
    expect(job(null, 'a.fits')).toBeUndefined();
  });

  test('is one of several lines, and is held to its form', () => {
    expect(linesOf(' a \n\n b')).toEqual(['a', 'b']);
    const input = parameter('input', 'file');
    expect(problemOf(input, 'orrery:job/a/result/b')).toBeUndefined();
    expect(problemOf(input, 'https://x/a')).toBeUndefined();
    expect(problemOf(input, 'orrery:job/a')).toContain('choose a file');
    expect(problemOf(input, 'ftp://x/a')).toContain('choose a file');
    expect(problemOf(input, 'https://x/a\nhttps://x/b')).toContain('Only one');
    expect(problemOf({ ...input, multiple: true }, 'https://x/a\nhttps://x/b')).toBeUndefined();
  });
});

describe('the start of a form', () => {
  const begin = (address: string, earlier?: UwsJob) => startOf(bkg, earlier, address);

  test('is what the address says, in whatever case, also of UWS’s own words', () => {
    expect(
      begin('?MESH=128&kernel=none&RunId=night&EXECUTIONDURATION=90&destruction=2026-12-01T00:00:00Z&x=1'),
    ).toEqual({
      values: { mesh: '128', kernel: 'none' },
      runId: 'night',
      limit: '90',
      until: '2026-12-01T00:00:00',
      unknown: ['x'],
      lost: {},
    });
    expect(begin('?destruction=2026-12-01T00:00:00').until).toBe('2026-12-01T00:00:00');
    expect(begin('?destruction=soon').until).toBe('');
  });

  test('is an earlier job with its files, where the address does not say otherwise', () => {
    const start = begin('?again=k3m9x7q2&threshold=9', completedJob);
    expect(start.values).toEqual({ input: 'orrery:job/k3m9x7q2/parameter/input', threshold: '9' });
    expect(start.runId).toBe('tile 7');
    expect(start.unknown).toEqual([]);
  });

  test('says which files of an archived job must be given again', () => {
    const [input] = completedJob.parameters;
    if (input === undefined) throw new Error('the canned job has no input');
    const archived = { ...completedJob, parameters: [{ ...input, href: null }] };
    expect(begin('', archived)).toMatchObject({
      values: {},
      lost: { input: expect.stringContaining('no longer') },
    });
  });
});
