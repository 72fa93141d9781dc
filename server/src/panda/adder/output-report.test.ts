import { expect, test } from 'vitest';
import { readOutputReport } from './output-report.ts';

const file = { fsize: 40, adler32: 'fa620aab', surl: 'file://localhost/storage/out.txt' };
const read = (entry: object) => readOutputReport(JSON.stringify({ 'out.txt': entry }), new Set());

test('a file whose guid is an empty text gets one', () => {
  const guids = [1, 2].map(() => read({ ...file, guid: '' })?.get('out.txt')?.guid ?? '');
  expect(guids[0]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(guids[0]).not.toBe(guids[1]);
});

test('a file without a guid makes the report unreadable', () => {
  expect(read(file)).toBeNull();
  expect(read({ ...file, guid: null })).toBeNull();
});
