import { describe, expect, it } from 'vitest';
import { imapText, pmapText, rmapText } from '../../../../../test/support/crds-rules.ts';
import type { Mapping } from '../mapping.ts';
import { readMapping } from '../read.ts';
import { filesOf } from '../uses.ts';
import { newContext, updatesByImap } from './new-context.ts';

const texts = new Map(
  [
    pmapText('demo_0001.pmap', { CAMERA: 'demo_camera_0001.imap', LAMP: 'demo_lamp_0001.imap', OLD: 'N/A' }),
    imapText('demo_camera_0001.imap', {
      flat: 'demo_camera_flat_0001.rmap',
      bias: 'demo_camera_bias_0001.rmap',
    }),
    imapText('demo_lamp_0001.imap', {}),
  ].map((text) => [readMapping(text).name, text]),
);

function read(name: string): Mapping {
  return readMapping(texts.get(name) ?? rmapText(name, {}));
}

const pmap = read('demo_0001.pmap');
const newNames = new Map([
  ['demo_0001.pmap', 'demo_0002.pmap'],
  ['demo_camera_0001.imap', 'demo_camera_0007.imap'],
]);

describe('a new context', () => {
  const updates = ['demo_camera_flat_0002.rmap', 'demo_camera_dark_0001.rmap', 'camera_bias_n/a'];

  it('needs new versions of the imaps that rmaps belong to', () => {
    expect(updatesByImap(pmap, updates)).toEqual(new Map([['demo_camera_0001.imap', [...updates].sort()]]));
  });

  it('has new rmaps in place of old ones, new types, and types that do not apply any more', () => {
    const made = newContext(pmap, updates, newNames, read);
    expect([...made.keys()]).toEqual(['demo_0002.pmap', 'demo_camera_0007.imap']);
    const imap = readMapping(made.get('demo_camera_0007.imap') ?? '', { strict: true });
    expect(filesOf(imap)).toEqual(['demo_camera_dark_0001.rmap', 'demo_camera_flat_0002.rmap']);
    expect(made.get('demo_camera_0007.imap')).toContain("    'bias' : 'N/A',\n    'dark' : ");
    expect(imap.header.get('derived_from')).toBe('demo_camera_0001.imap');
    const context = readMapping(made.get('demo_0002.pmap') ?? '');
    expect(context.name).toBe('demo_0002.pmap');
    expect(filesOf(context)).toEqual(['demo_camera_0007.imap', 'demo_lamp_0001.imap']);
  });

  it('writes types as its observatory does, and keeps a key that is there', () => {
    const jwst = readMapping(pmapText('jwst_0001.pmap', { NIRX: 'jwst_nirx_0001.imap' }));
    const imap = readMapping(imapText('jwst_nirx_0001.imap', { flat: 'jwst_nirx_flat_0001.rmap' }));
    const names = new Map([
      ['jwst_0001.pmap', 'jwst_0002.pmap'],
      ['jwst_nirx_0001.imap', 'jwst_nirx_0002.imap'],
    ]);
    const made = newContext(
      jwst,
      ['jwst_nirx_flat_0002.rmap', 'jwst_nirx_dark_0001.rmap'],
      names,
      () => imap,
    );
    expect(made.get('jwst_nirx_0002.imap')).toContain(
      "selector = {\n    'DARK' : 'jwst_nirx_dark_0001.rmap',\n    'flat' : 'jwst_nirx_flat_0002.rmap',\n}",
    );
  });

  it.each([
    [['demo_camera_flat_0002.rmap', 'demo_camera_flat_0002.rmap'], 'is there twice'],
    [['demo_oven_flat_0002.rmap'], "'demo_0001.pmap' has no imap for 'oven'"],
    [['demo_old_flat_0002.rmap'], "has no imap for 'old'"],
    [['demo_camera_0002.imap'], 'neither an rmap nor a type'],
    [['demo_lamp_flat_0002.rmap'], "no new name for 'demo_lamp_0001.imap'"],
  ])('is refused for %j', (wrong, message) => {
    expect(() => newContext(pmap, wrong, newNames, read)).toThrow(message);
  });
});
