import type { UwsJob } from '@orrery/contracts';
import { expect, test } from 'vitest';
import { inputFiles } from './input-files.tsx';

type Parameter = UwsJob['parameters'][number];
const parameter = (more: Partial<Parameter>): Parameter => ({
  name: 'image',
  value: 'm31.fits',
  type: 'file',
  unit: null,
  isDefault: false,
  href: '/rest/x/1/parameters/image',
  sizeBytes: 2880,
  ...more,
});
const shown = (more: Partial<Parameter>) =>
  inputFiles({ parameters: [parameter(more)] }).map(({ name, fileName, href, sizeBytes }) => [
    name,
    fileName,
    href,
    sizeBytes,
  ]);

test('an upload is shown under its name, a fetched file under the last part of its address', () => {
  expect(shown({})).toEqual([['image', 'm31.fits', '/rest/x/1/parameters/image', 2880]]);
  expect(shown({ value: 'http://archive/data/m33.fits?v=2' })[0]?.[1]).toBe('m33.fits');
});

test('several files have a place each, and their sizes come with the answer', () => {
  expect(shown({ value: 'a.fits b.fits', files: 2 })).toEqual([
    ['image 1', 'image 1', '/rest/x/1/parameters/image/1', null],
    ['image 2', 'image 2', '/rest/x/1/parameters/image/2', null],
  ]);
});

test('what is no file, or not fetched yet, is not there to be looked at', () => {
  expect(shown({ href: null, sizeBytes: null })).toEqual([]);
});
