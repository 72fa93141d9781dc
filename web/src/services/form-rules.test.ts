import type { UwsParameterDescription } from '@orrery/contracts';
import { describe, expect, test } from 'vitest';
import { apiOf } from '../api-of-page.ts';
import { problemOf } from './check-value.ts';
import { filterOf, problemsOf } from './filter.ts';
import { curlLine, shellWord } from './program-line.ts';

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

describe('the equal command line', () => {
  test('quotes what a shell would read', () => {
    expect(shellWord('plain.fits')).toBe('plain.fits');
    expect(shellWord("it's $HOME")).toBe("'it'\\''s $HOME'");
  });

  test('sends files as a form and text as fields', () => {
    expect(curlLine('http://x', 'hello', [{ name: 'name', value: 'a b', upload: false }])).toContain(
      "--data-urlencode 'name=a b'",
    );
    const withFile = curlLine('http://x', 'bkg', [{ name: 'input', value: 'a.fits', upload: true }]);
    expect(withFile).toContain('-F input=@a.fits');
    expect(withFile).toContain('-F PHASE=RUN');
    expect(withFile).toContain('http://x/rest/bkg');
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

  test('keeps to the definition of its page', () => {
    expect(filterOf('definition:other', 'hello')).toEqual({ definition: 'hello' });
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
    ['/services/jobs', '/api/uws/jobs?phase=ERROR'],
    ['/services/hello/jobs', '/api/uws/jobs?definition=hello&phase=ERROR'],
    ['/services/hello/jobs/k3m9x7q2', '/api/uws/jobs/k3m9x7q2'],
    ['/admin/audit', '/api/core/audit'],
  ])('%s is made from %s', (page, api) => expect(apiOf(page, { q: 'phase:ERROR' })).toBe(api));
});
