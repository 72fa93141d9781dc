import { expect, it } from 'vitest';
import { compareVersions, readVersion, simplifyVersion, versionText } from './versions.ts';

it('versions are three numbers, whatever follows', () => {
  expect(readVersion('1.9.2.dev3')).toEqual([1, 9, 2]);
  expect(readVersion('0.7')).toEqual([0, 7, 0]);
  expect(readVersion('12')).toEqual([12, 0, 0]);
  expect(simplifyVersion('0.13.2a.dev185+gdb49aea9')).toBe('0.13.2');
});

it.each(['', 'v1', '1.2 beta', `1${'.a'.repeat(100)}`, '123456789'.repeat(20)])(
  '%s is no version',
  (text) => {
    expect(readVersion(text)).toBeUndefined();
  },
);

it('versions are compared number by number', () => {
  const order = ['0.9', '0.10', '0.10.1', '1'].flatMap((text) => {
    const version = readVersion(text);
    return version === undefined ? [] : [version];
  });
  expect([...order].reverse().sort(compareVersions)).toEqual(order);
  expect(order.map(versionText)).toContain('(0, 10, 1)');
});
