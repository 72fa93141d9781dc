import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareNewer } from './age.ts';
import { hstUniqueName } from './hst-names.ts';
import {
  genericName,
  isContextSpec,
  isFileName,
  isMappingName,
  isMappingSpec,
  isReferenceName,
  parseContextSpec,
  parseMappingName,
  serialOf,
  withSerial,
} from './names.ts';

describe('names of mappings', () => {
  it('say kind, observatory, instrument, type and serial number', () => {
    expect(parseMappingName('demo.pmap')).toEqual({
      kind: 'pmap',
      observatory: 'demo',
      instrument: null,
      filekind: null,
      serial: undefined,
    });
    expect(parseMappingName('demo_cam2_0007.imap')).toMatchObject({
      kind: 'imap',
      instrument: 'cam2',
      serial: 7,
    });
    expect(parseMappingName('demo_cam2_pars-flat_12345.rmap')).toMatchObject({
      kind: 'rmap',
      filekind: 'pars-flat',
      serial: 12345,
    });
  });

  it.each([
    'demo',
    'DEMO.pmap',
    'demo_camera.pmap',
    'demo.imap',
    'demo_camera.rmap',
    'demo_camera_flat.imap',
    'demo_camera_flat_001.rmap',
    'demo_cam-era_flat_0001.rmap',
    '../demo.pmap',
    'demo.pmap\n',
    'demo_camera_flat_0001.fits',
    `demo_camera_${'f'.repeat(40)}.rmap`,
    'demo_0001_camera.imap',
  ])('%j is none', (name) => {
    expect(isMappingName(name)).toBe(false);
  });

  it('are put together from their parts again', () => {
    for (const name of ['demo_0001.pmap', 'demo_camera_0020.imap', 'demo_camera_flat_10000.rmap']) {
      const parts = parseMappingName(name);
      if (parts === undefined) throw new Error(name);
      expect(withSerial(genericName(parts), parts.serial ?? 0)).toBe(name);
      expect(serialOf(name)).toBe(parts.serial);
    }
    expect(serialOf('demo.pmap')).toBe(-1);
  });

  it('are told from names of references and of nothing', () => {
    expect(isReferenceName('x4b1234ij_drk.r0h')).toBe(true);
    expect(isReferenceName('demo_camera_flat_0001.ASDF')).toBe(true);
    expect(isReferenceName('demo.pmap')).toBe(false);
    for (const name of ['', '.', '..', 'a/b.fits', 'a\\b.fits', 'a\0.fits', 'a'.repeat(129)]) {
      expect([name, isFileName(name)]).toEqual([name, false]);
    }
  });
});

describe('names for what is in force', () => {
  it.each([
    ['demo-edit', 'demo', null, null, 'edit'],
    ['demo-operational', 'demo', null, null, 'latest'],
    ['demo-camera-edit', 'demo', 'camera', null, 'edit'],
    ['demo-camera-pars-flat-latest', 'demo', 'camera', 'pars-flat', 'latest'],
    ['latest', null, null, null, 'latest'],
    ['build', null, null, null, 'build'],
  ])('%s', (spec, observatory, instrument, filekind, at) => {
    expect(parseContextSpec(spec)).toEqual({ observatory, instrument, filekind, at });
  });

  it.each([
    ['2014-11-30', null, null, '2014-11-30'],
    ['demo-2014-11-30T01:02:03.5', 'demo', null, '2014-11-30T01:02:03.5'],
    ['demo-camera-2014-11-30', 'demo', 'camera', '2014-11-30'],
  ])('%s', (spec, observatory, instrument, date) => {
    expect(parseContextSpec(spec)).toMatchObject({ observatory, instrument, at: { date } });
  });

  it.each([
    'edit',
    'versions',
    'demo',
    'demo-',
    'demo-foo',
    'DEMO-edit',
    'demo-2014-1-1',
    'demo-edit-x',
    '-edit',
    'demo.pmap',
    '',
  ])('%j is none', (spec) => {
    expect(parseContextSpec(spec)).toBeUndefined();
  });

  it('count as mappings, and as contexts when they name no instrument', () => {
    expect([isMappingSpec('demo-camera-edit'), isContextSpec('demo-camera-edit')]).toEqual([true, false]);
    expect([isMappingSpec('any.pmap'), isContextSpec('any.pmap')]).toEqual([true, true]);
    expect([isMappingSpec('any.rmap'), isContextSpec('any.rmap')]).toEqual([true, false]);
    expect([isMappingSpec('demo'), isContextSpec('demo')]).toEqual([false, false]);
  });

  it('take any text in no time', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '-', '1', 'edit') }), (text) => {
        expect(isContextSpec(text) ? isMappingSpec(text) : true).toBe(true);
      }),
    );
    expect(isMappingSpec('-'.repeat(1_000_000))).toBe(false);
  });
});

describe('the newer of two files', () => {
  it.each([
    ['demo_camera_flat_0002.fits', 'demo_camera_flat_0001.fits', true],
    ['demo_camera_flat_0001.asdf', 'demo_camera_flat_0009.fits', true],
    ['demo_camera_flat_0001.fits', 'a1b23456c_flt.fits', true],
    ['1a1b23456_flt.fits', 'a1b23456c_flt.fits', true],
    ['whatever.txt', 'a1b23456c_flt.fits', true],
    ['N/A', 'a1b23456c_flt.fits', false],
    ['a1b23456c_flt.fits', 'N/A', true],
    ['1a1b23456_flt.fits', 'demo_camera_flat_0001.fits', undefined],
  ])('%s, %s: %s', (a, b, expected) => {
    expect(compareNewer(a, b)).toBe(expected);
  });
});

describe('dated names', () => {
  it('hold the time to two seconds and the letter of the instrument', () => {
    expect(hstUniqueName('ACS', 'bia', '.fits', new Date('2015-12-31T23:59:59Z'))).toBe('zcv2359tj_bia.fits');
    expect(hstUniqueName('wfpc2', 'drk', '.r0h', new Date('2016-01-01T00:00:00Z'))).toBe('01100000u_drk.r0h');
    expect(hstUniqueName('camera', 'drk', '.fits', new Date(0))).toBeUndefined();
  });
});
