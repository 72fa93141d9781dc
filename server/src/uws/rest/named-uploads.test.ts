import { expect, test } from 'vitest';
import type { InputFile } from '../jobs/job.ts';
import { nameUploads } from './named-uploads.ts';

const file = (fileName: string): InputFile => ({
  fileName,
  mediaType: 'application/x-votable+xml',
  hash: 'a'.repeat(64),
  sizeBytes: 1,
  url: null,
});

function named(texts: Record<string, string[]>, parts: readonly string[]) {
  const uploads = new Map(parts.map((part) => [part, [file(`${part}.vot`)]]));
  const rest = nameUploads(new Map(Object.entries(texts)), uploads);
  return {
    texts: Object.fromEntries(rest),
    uploads: Object.fromEntries([...uploads].map(([name, [first]]) => [name, first?.fileName])),
  };
}

test('a value param:NAME is the part of that name (DALI)', () => {
  expect(named({ image: ['param:a'], mode: ['fast'] }, ['a', 'b'])).toEqual({
    texts: { mode: ['fast'] },
    uploads: { image: 'a.vot', b: 'b.vot' },
  });
});

test('UPLOAD gives each table its part, and stays (TAP)', () => {
  expect(named({ UPLOAD: ['stars,param:first;more,param:more'] }, ['first', 'more'])).toEqual({
    texts: { UPLOAD: ['stars,param:first;more,param:more'] },
    uploads: { stars: 'first.vot', more: 'more.vot' },
  });
  expect(named({ upload: ['a,param:x', 'b,param:y'] }, ['x', 'y']).uploads).toEqual({
    a: 'x.vot',
    b: 'y.vot',
  });
});

test('an address in UPLOAD is the value of the table', () => {
  const { texts } = named({ UPLOAD: ['stars,https://example.org/t.vot'] }, []);
  expect(texts).toEqual({
    UPLOAD: ['stars,https://example.org/t.vot'],
    stars: ['https://example.org/t.vot'],
  });
});

test.each([
  ['a part that was not sent', { image: ['param:nothing'] }],
  ['a value given twice', { image: ['param:a', 'param:a'] }],
  ['an UPLOAD that is no pair', { UPLOAD: ['nonsense'] }],
  ['an UPLOAD of other words', { UPLOAD: ['this,that'] }],
  ['an UPLOAD that is empty', { UPLOAD: [''] }],
])('%s changes nothing', (_what, texts) => {
  expect(named(texts, ['a'])).toEqual({ texts, uploads: { a: 'a.vot' } });
});
