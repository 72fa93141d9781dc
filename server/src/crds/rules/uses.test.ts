import { describe, expect, it } from 'vitest';
import { cameraRules, withSum } from '../../../../test/support/crds-mappings.ts';
import type { Mapping } from './mapping.ts';
import { readMapping } from './read.ts';
import { closureOf, filesOf } from './uses.ts';

function context(kind: string, name: string, selector: string): string {
  return withSum(
    `header = {'mapping' : '${kind}', 'name' : '${name}', 'derived_from' : 'by hand', 'observatory' : 'DEMO',
'instrument' : 'CAMERA', 'parkey' : ('X',),
'sha1sum' : 'SUM'}
selector = ${selector}
`,
  );
}

const texts = new Map([
  [
    'demo_0001.pmap',
    context('PIPELINE', 'demo_0001.pmap', "{'CAMERA' : 'demo_camera_0001.imap', 'OLD' : 'OMIT'}"),
  ],
  [
    'demo_camera_0001.imap',
    context('INSTRUMENT', 'demo_camera_0001.imap', "{'flat' : 'demo_camera_flat_0001.rmap', 'bias' : 'N/A'}"),
  ],
  ['demo_camera_flat_0001.rmap', cameraRules],
]);

function read(name: string): Mapping {
  const text = texts.get(name);
  if (text === undefined) throw new Error(`no ${name}`);
  return readMapping(text);
}

describe('files that mappings use', () => {
  it('are the mappings of a context, without what does not apply', () => {
    expect(filesOf(read('demo_0001.pmap'))).toEqual(['demo_camera_0001.imap']);
    expect(filesOf(read('demo_camera_0001.imap'))).toEqual(['demo_camera_flat_0001.rmap']);
  });

  it('are the references of rules, alone, in tuples and in dictionaries, each once and sorted', () => {
    const selector =
      "Match({'a' : ('z.fits', 'y.fits'), 'b' : {'one' : 'x.fits'}, 'c' : UseAfter({'1' : 'z.fits', '2' : 'N/A'})})";
    const text = `${cameraRules.slice(0, cameraRules.indexOf('selector'))}selector = ${selector}\n`;
    expect(filesOf(readMapping(text, { ignoreSum: true }))).toEqual(['x.fits', 'y.fits', 'z.fits']);
  });

  it.each([`${'a'.repeat(300)}.fits`, 'a\\x00.fits', 'a\\n.fits', '\\ud800.fits'])(
    'are none that no catalogue could keep: %s',
    (name) => {
      const selector = `Match({'a' : '${name}'})`;
      const text = `${cameraRules.slice(0, cameraRules.indexOf('selector'))}selector = ${selector}\n`;
      const mapping = readMapping(text, { ignoreSum: true });
      expect(() => filesOf(mapping)).toThrow(/expected names of files of at most 255 characters/);
    },
  );

  it('are all that a context leads to', () => {
    expect(closureOf('demo_0001.pmap', read)).toEqual({
      mappings: ['demo_0001.pmap', 'demo_camera_0001.imap', 'demo_camera_flat_0001.rmap'],
      references: ['demo_camera_flat_0001.fits', 'demo_camera_flat_0002.fits', 'demo_camera_flat_0003.fits'],
    });
  });

  it('must be there', () => {
    texts.delete('demo_camera_flat_0001.rmap');
    expect(() => closureOf('demo_0001.pmap', read)).toThrow('no demo_camera_flat_0001.rmap');
  });
});
