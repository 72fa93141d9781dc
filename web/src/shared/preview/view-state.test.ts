import { expect, test } from 'vitest';
import { chosenOf, readView, writeView } from './view-state.ts';

test('what is chosen is written and read back', () => {
  const text = writeView(readView('hdu:1,stretch:log'), { stretch: '', cut: '99.5', low: '-1.5e-3' });
  expect(text).toBe('hdu:1,cut:99.5,low:-1.5e-3');
  expect(readView(text)).toEqual({ hdu: '1', cut: '99.5', low: '-1.5e-3' });
  expect(writeView({ hdu: '1' }, { hdu: '' })).toBeUndefined();
});

test('an address that was tampered with says nothing', () => {
  expect(readView('__proto__:x,<b>:1,a:,b:2')).toEqual({ b: '2' });
  expect(readView(undefined)).toEqual({});
  expect(chosenOf('<script>', ['linear', 'log'])).toBe('linear');
});
