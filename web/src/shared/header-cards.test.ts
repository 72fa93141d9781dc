import { describe, expect, test } from 'vitest';
import { findHeaders } from './header-cards.ts';

const card = { key: 'NAXIS', value: 2, comment: 'axes' };

describe('headers in a summary', () => {
  test('every HDU has its own, named by its name or its kind', () => {
    const headers = findHeaders({
      hdus: [
        { name: '', type: 'PRIMARY', cards: [card] },
        { name: 'SCI', type: 'IMAGE', cards: [{ keyword: 'BUNIT', value: 'ELECTRONS' }] },
      ],
    });
    expect(headers).toEqual([
      { label: '[0] PRIMARY', cards: [{ keyword: 'NAXIS', value: '2', comment: 'axes' }] },
      { label: '[1] SCI', cards: [{ keyword: 'BUNIT', value: 'ELECTRONS', comment: '' }] },
    ]);
  });

  test('a bare list of cards is one header', () => {
    expect(findHeaders([card]).map(({ label }) => label)).toEqual(['header']);
  });

  test('other JSON has none', () => {
    expect(findHeaders({ mean: 3, list: [1, 2], nothing: null })).toEqual([]);
    expect(findHeaders(undefined)).toEqual([]);
  });
});
