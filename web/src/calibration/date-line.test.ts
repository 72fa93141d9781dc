import { expect, test } from 'vitest';
import { shortNames } from './date-line.tsx';

test('names on a line of dates keep what tells them apart', () => {
  expect(shortNames(['n3j1345dj_drk.fits', 'n3j1345ej_drk.fits'])).toEqual(['n3j1345dj', 'n3j1345ej']);
  expect(shortNames(['obs_one_dark_0001.asdf', 'obs_one_dark_0012.asdf'])).toEqual(['0001', '0012']);
  expect(shortNames(['obs_one_dark_0001.asdf', 'further rules'])).toEqual([
    'obs_one_dark_0001',
    'further rules',
  ]);
  expect(shortNames(['n3j1345dj_drk.fits'])).toEqual(['n3j1345dj_drk']);
  expect(shortNames([])).toEqual([]);
});
