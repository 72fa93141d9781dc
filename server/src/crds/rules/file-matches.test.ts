import { describe, expect, it } from 'vitest';
import { cameraRules } from '../../../../test/support/crds-mappings.ts';
import { fileMatches } from './file-matches.ts';
import type { Mapping } from './mapping.ts';
import { readMapping } from './read.ts';

/** The camera's rules with other parameters and rules. */
function rules(parkey: string, selector: string): Mapping {
  const head = cameraRules.slice(0, cameraRules.indexOf('selector'));
  const text = `${head.replace(/'parkey' : .*,\n/, `'parkey' : ${parkey},\n`)}selector = ${selector}\n`;
  return readMapping(text, { ignoreSum: true });
}

const subject = [
  ['observatory', 'demo'],
  ['instrument', 'camera'],
  ['filekind', 'flat'],
];

describe('ways to a file', () => {
  it('name the values of every level, a date as its two parameters', () => {
    expect(fileMatches([readMapping(cameraRules)], 'demo_camera_flat_0002.fits')).toEqual([
      [
        subject,
        [
          ['DETECTOR', 'NORTH'],
          ['FILTER', 'BLUE|GREEN'],
        ],
        [
          ['DATE-OBS', '2005-01-01'],
          ['TIME-OBS', '00:00:00'],
        ],
      ],
    ]);
  });

  it('are sorted, and come from all rules that are given', () => {
    const first = rules("(('DETECTOR',),)", "Match({'b' : 'f.fits', ('a',) : 'f.fits', 'c' : 'g.fits'})");
    const second = rules("(('DETECTOR',),)", "Match({1 : 'f.fits'})");
    const values = fileMatches([first, second], 'f.fits').map(([, level]) => level);
    expect(values).toEqual([[['DETECTOR', '1']], [['DETECTOR', 'a']], [['DETECTOR', 'b']]]);
  });

  it('take versions apart when they are of several parameters', () => {
    const whole = rules("(('VERSION',),)", "VersionAfter({'1.2.3' : 'f.fits'})");
    const parts = rules("(('MAJOR', 'MINOR', 'PATCH'),)", "VersionAfter({'1.2.3' : 'f.fits'})");
    expect(fileMatches([whole], 'f.fits')).toEqual([[subject, [['VERSION', '1.2.3']]]]);
    expect(fileMatches([parts], 'f.fits')[0]?.[1]).toEqual([
      ['MAJOR', '1'],
      ['MINOR', '2'],
      ['PATCH', '3'],
    ]);
  });

  it('are none for files that are one of several, or not there', () => {
    const pair = rules("(('DETECTOR',),)", "Match({'a' : ('f.fits', 'g.fits')})");
    expect(fileMatches([pair], 'f.fits')).toEqual([]);
    expect(fileMatches([readMapping(cameraRules)], 'other.fits')).toEqual([]);
  });
});
