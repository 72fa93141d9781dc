import type { UwsParameterDescription } from '@orrery/contracts';
import { describe, expect, test } from 'vitest';
import { apiOf } from '../api-of-page.ts';
import { problemOf } from './check-value.ts';
import { filterOf, problemsOf } from './filter.ts';
import { arrival } from './live.ts';
import {
  commandLine,
  curlLine,
  type FormCall,
  type FormValue,
  pyvoLines,
  shellWord,
} from './program-line.ts';

const mesh: UwsParameterDescription = {
  name: 'mesh',
  type: 'integer',
  required: true,
  default: null,
  description: '',
  unit: 'px',
  min: 16,
  max: 512,
  options: null,
  maxLength: null,
  multiple: false,
  mediaTypes: null,
};

describe('a field of a form', () => {
  test('says what to give instead', () => {
    expect(problemOf(mesh, '64')).toBeUndefined();
    expect(problemOf(mesh, '')).toBe('mesh is needed.');
    expect(problemOf(mesh, '0')).toBe('Give a number from 16 to 512 px.');
    expect(problemOf(mesh, '64.5')).toBe('Give a whole number.');
    expect(problemOf(mesh, '6e')).toContain('decimal sign');
    expect(problemOf({ ...mesh, max: null }, '1')).toBe('Give at least 16 px.');
    expect(problemOf({ ...mesh, type: 'string', min: null, max: null, options: ['a', 'b'] }, 'c')).toBe(
      'Choose one of a, b.',
    );
    expect(problemOf({ ...mesh, type: 'url' }, 'ftp://x')).toContain('http');
  });

  test('may stay empty when there is a usual value', () => {
    expect(problemOf({ ...mesh, default: '64' }, '')).toBeUndefined();
  });
});

const formCall = (definition: string, values: FormValue[], more: Partial<FormCall> = {}): FormCall => ({
  base: 'http://x',
  definition,
  values,
  runId: '',
  limit: '',
  destruction: undefined,
  ...more,
});

describe('the equal command line', () => {
  test('quotes what a shell would read', () => {
    expect(shellWord('plain.fits')).toBe('plain.fits');
    expect(shellWord("it's $HOME")).toBe("'it'\\''s $HOME'");
  });

  test('sends files as a form and text as fields', () => {
    expect(curlLine(formCall('hello', [{ name: 'name', value: 'a b', upload: false }]))).toContain(
      "--data-urlencode 'name=a b'",
    );
    const withFile = curlLine(formCall('bkg', [{ name: 'input', value: 'a.fits', upload: true }]));
    expect(withFile).toContain('-F input=@a.fits');
    expect(withFile).toContain('-F PHASE=RUN');
    expect(withFile).toContain('http://x/rest/bkg');
  });
});

describe('the same from other programs', () => {
  const form = formCall(
    'bkg',
    [
      { name: 'note', value: 'say "a"\nb', upload: false },
      { name: 'input', value: 'tile 7.fits', upload: true },
    ],
    { runId: 'my run', limit: '90', destruction: '2026-11-23T00:00:00.000Z' },
  );

  test('is a form of curl, where no text can name a file', () => {
    const line = curlLine(form);
    expect(line).toContain(`--form-string 'note=say "a"`);
    expect(line).toContain(`-F 'input=@tile 7.fits'`);
    expect(line).toContain(`--form-string 'RUNID=my run'`);
    expect(line).toContain('--form-string EXECUTIONDURATION=90');
    expect(line).toContain('--form-string DESTRUCTION=2026-11-23T00:00:00.000Z');
  });

  test('is Python whose texts cannot end early', () => {
    const lines = pyvoLines(form);
    expect(lines).toContain('("note", "say \\"a\\"\\nb"),');
    expect(lines).toContain('("input", open("tile 7.fits", "rb")),');
    expect(lines).toContain('("RUNID", "my run"),');
    expect(lines).toContain('("PHASE", "RUN"),');
  });

  test('is our own command', () => {
    expect(commandLine(form, Date.parse('2026-11-22T00:00:00Z')).split(' \\\n  ')).toEqual([
      'orrery uws run bkg',
      `-p 'note=say "a"\nb'`,
      `-f 'input=tile 7.fits'`,
      `--run-id 'my run'`,
      '--duration 90',
      '--keep 86400s',
      '--wait',
    ]);
  });
});

describe('a job that is not on the page', () => {
  const event = (phase: string, more: object = {}) => ({
    definition: 'hello',
    phase,
    ownerId: 'op',
    ...more,
  });

  test('comes into the view when it is new, or when its phase fits', () => {
    expect(arrival({}, event('PENDING'))).toBe('in');
    expect(arrival({}, event('EXECUTING'))).toBe('neither');
    expect(arrival({ phase: ['ERROR'] }, event('PENDING'))).toBe('out');
    expect(arrival({ phase: ['ERROR'] }, event('ERROR'))).toBe('in');
    expect(arrival({}, event('DELETED'))).toBe('out');
  });

  test('is nothing to a view of another definition or owner', () => {
    expect(arrival({ definition: 'bkg' }, event('PENDING'))).toBe('neither');
    expect(arrival({ owner: 'me' }, event('PENDING'))).toBe('neither');
    expect(arrival({ owner: 'op', definition: 'hello' }, event('PENDING'))).toBe('in');
  });
});

describe('the filter of a job list', () => {
  test('becomes the filter of the API', () => {
    expect(filterOf('phase:error phase:ABORTED owner:op after:2026-11-01 deep field')).toEqual({
      phase: ['ERROR', 'ABORTED'],
      owner: 'op',
      createdAfter: '2026-11-01T00:00:00.000Z',
      runId: 'deep field',
    });
  });

  test('knows who I am, and leaves out phases', () => {
    expect(filterOf('owner:me', { me: 'a.duarte' })).toEqual({ owner: 'a.duarte' });
    expect(filterOf('phase:ERROR phase:ABORTED -phase:ABORTED').phase).toEqual(['ERROR']);
    expect(filterOf('-phase:COMPLETED').phase).not.toContain('COMPLETED');
    expect(filterOf('-phase:COMPLETED').phase).toContain('PENDING');
    expect(filterOf('-phase:COMPLETED').phase).not.toContain('ARCHIVED');
    expect(problemsOf('-owner:op')).toHaveLength(1);
  });

  test('keeps to the definition of its page', () => {
    expect(filterOf('definition:other', { definition: 'hello' })).toEqual({ definition: 'hello' });
  });

  test('names what it does not understand', () => {
    expect(problemsOf('phase:FLYING after:soon colour:red')).toHaveLength(3);
    expect(problemsOf('phase:ERROR owner:op tile')).toEqual([]);
  });
});

describe('?json on a page', () => {
  test.each([
    ['/', '/api/core/board'],
    ['/services', '/api/uws/definitions'],
    ['/services/hello', '/api/uws/definitions/hello'],
    ['/services/hello/definition', '/api/uws/definitions/hello'],
    ['/services/jobs', '/api/uws/jobs?phase=ERROR'],
    ['/services/hello/jobs', '/api/uws/jobs?definition=hello&phase=ERROR'],
    ['/services/hello/jobs/k3m9x7q2', '/api/uws/jobs/k3m9x7q2'],
    ['/admin/audit', '/api/core/audit'],
  ])('%s is made from %s', (page, api) => expect(apiOf(page, { q: 'phase:ERROR' })).toBe(api));
});
