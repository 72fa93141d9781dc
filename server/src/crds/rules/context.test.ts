import { describe, expect, it } from 'vitest';
import { type SampleRules, sampleContext, sampleSource } from '../../../../test/support/crds-sample-rules.ts';
import { BestReferencesError, bestReferences, Context } from './context.ts';
import { RuleCache } from './rule-cache.ts';

const bias: SampleRules = {
  parkey: "(('DETECTOR', 'GAIN'), ('DATE-OBS',))",
  selector: `Match({
    ('A', 1) : UseAfter({'2010-01-01 00:00:00' : 'a1.fits'}),
    ('A', 'N/A') : UseAfter({'2000-01-01 00:00:00' : 'a.fits'}),
  })`,
};
const flat: SampleRules = {
  parkey: "(('DETECTOR',),)",
  selector: "Match({'A' : ('f1.fits', 'f2.fits'), 'B' : {'red' : 'r.fits'}, 'C' : 'OMIT'})",
};
const types = { bias, flat, dark: 'N/A', spare: 'OMIT' };
const header = { INSTRUME: 'cam', DETECTOR: 'a', GAIN: '1', 'DATE-OBS': '2011-02-03' };

describe('best references', () => {
  it('are one answer for each type that applies', async () => {
    const answers = bestReferences(await sampleContext(types), header, null);
    expect(JSON.parse(JSON.stringify(answers))).toEqual({
      bias: 'a1.fits',
      flat: ['f1.fits', 'f2.fits'],
      dark: 'NOT FOUND n/a',
    });
  });

  it('are for the types asked for, all of them for an empty list', async () => {
    const context = await sampleContext(types);
    expect({ ...bestReferences(context, header, ['BIAS', 'odd', 'spare']) }).toEqual({
      bias: 'a1.fits',
      odd: "NOT FOUND Unknown reference type 'odd'",
    });
    expect(Object.keys(bestReferences(context, header, []))).toEqual(['bias', 'flat', 'dark']);
  });

  it('may be objects, and none at all', async () => {
    const context = await sampleContext(types);
    expect({ ...bestReferences(context, { ...header, DETECTOR: 'B' }, ['flat']) }).toEqual({
      flat: { red: 'r.fits' },
    });
    expect({ ...bestReferences(context, { ...header, DETECTOR: 'C' }, ['flat']) }).toEqual({});
  });

  it('take lower-case names before upper-case ones, and any JSON value', async () => {
    const context = await sampleContext(types);
    const mixed = { ...header, gain: 1.0, GAIN: '2', detector: ' A ' };
    expect(bestReferences(context, mixed, ['bias']).bias).toBe('a1.fits');
    expect(bestReferences(context, new Map(Object.entries(mixed)), ['bias']).bias).toBe('a1.fits');
    expect(bestReferences(context, { ...header, GAIN: null }, ['bias']).bias).toBe('a.fits');
    expect(bestReferences(context, { INSTRUME: 'CAM' }, ['bias']).bias).toBe(
      "NOT FOUND  parameter='DETECTOR' value='UNDEFINED' is not in ['A']",
    );
  });

  it('do not depend on who else was asked before', async () => {
    const context = await sampleContext(types);
    const values = ['A', 'B', 'N/A', '*', 'Q'];
    const alone = values.map((value) => bestReferences(context, { ...header, DETECTOR: value }, null));
    const again = values.map((value) => bestReferences(context, { ...header, DETECTOR: value }, null));
    expect(again).toEqual(alone);
  });
});

describe('headers of strangers', () => {
  it('may have names that mean something to JavaScript', async () => {
    const context = await sampleContext({
      ...types,
      sky: { parkey: "(('__PROTO__',),)", selector: "Match({'P' : 'p.fits'})" },
    });
    const hostile = JSON.parse('{"__proto__": "P", "constructor": "X", "INSTRUME": "CAM"}') as Record<
      string,
      unknown
    >;
    expect(bestReferences(context, hostile, ['sky', 'bias']).sky).toBe('p.fits');
    expect(JSON.stringify(bestReferences(context, hostile, ['__proto__']))).toBe(
      `{"__proto__":"NOT FOUND Unknown reference type '__proto__'"}`,
    );
    expect(() => bestReferences(context, { ...hostile, INSTRUME: '__proto__' }, null)).toThrow(
      BestReferencesError,
    );
  });

  it('may be endless', async () => {
    const context = await sampleContext(types);
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`K${index}`, index]));
    const endless = 'NOT '.repeat(2_500_000);
    const answers = bestReferences(
      context,
      { ...many, ...header, DETECTOR: endless, 'DATE-OBS': endless },
      null,
    );
    expect(JSON.stringify(answers).length).toBeLessThan(10_000);
    const dated = bestReferences(context, { ...header, 'DATE-OBS': '1'.repeat(10_000_000) }, ['bias']);
    expect(dated.bias).toMatch(/^NOT FOUND UseAfter Invalid date/);
  });
});

describe('the instrument of a header', () => {
  it('stands under the keyword of the context or a usual one', async () => {
    const context = await sampleContext(types);
    for (const keyword of ['INSTRUME', 'instrume', 'INSTRUMENT', 'META.INSTRUMENT.NAME']) {
      expect(context.instrumentOf({ [keyword]: 'Cam' })).toBe('cam');
    }
    expect(context.instrumentOf({ INSTRUME: 'undefined', INSTRUMENT: 'cam' })).toBe('cam');
  });

  it('must be there and known', async () => {
    const context = await sampleContext(types);
    expect(() => context.instrumentOf({})).toThrow(
      new BestReferencesError("Missing 'INSTRUME' keyword in header for determining instrument."),
    );
    for (const name of ['none', 'old', 5, null]) {
      expect(() => context.instrumentOf({ INSTRUME: name })).toThrow(BestReferencesError);
    }
  });
});

describe('a context', () => {
  it('reads what an instrument needs when it is asked for, once', async () => {
    const source = sampleSource(types);
    const context = await Context.open('demo_0001.pmap', source);
    expect(source.reads).toEqual(['demo_0001.pmap']);
    await Promise.all([context.load('cam'), context.load('CAM')]);
    expect(source.reads).toEqual([
      'demo_0001.pmap',
      'demo_cam_0001.imap',
      'demo_cam_bias_0001.rmap',
      'demo_cam_flat_0001.rmap',
    ]);
  });

  it('is never half loaded: what failed is tried again', async () => {
    const source = sampleSource(types);
    const context = await Context.open('demo_0001.pmap', source);
    await expect(context.load('lost')).rejects.toThrow('no file lost.imap');
    await expect(context.load('lost')).rejects.toThrow('no file lost.imap');
    expect(() => bestReferences(context, header, null)).toThrow('has not been loaded');
  });

  it('says what it needs and leads to', async () => {
    const source = sampleSource(types);
    const context = await Context.open('demo_cam_0001.imap', source);
    expect(await context.requiredParameters('cam')).toEqual(['DATE-OBS', 'DETECTOR', 'GAIN', 'REFTYPE']);
    expect(await context.mappingNames()).toEqual([
      'demo_cam_0001.imap',
      'demo_cam_bias_0001.rmap',
      'demo_cam_flat_0001.rmap',
    ]);
    expect(await context.referenceNames()).toEqual(['a.fits', 'a1.fits', 'f1.fits', 'f2.fits', 'r.fits']);
    const whole = await sampleContext(types);
    expect((await whole.requiredParameters('cam'))[0]).toBe('INSTRUME');
    expect(whole.instruments).toEqual(['cam', 'lost']);
  });

  it('may be a single rmap', async () => {
    const context = await Context.open('demo_cam_bias_0001.rmap', sampleSource(types));
    await context.loadAll();
    expect({ ...bestReferences(context, header, null) }).toEqual({ bias: 'a1.fits' });
    expect(await context.requiredParameters('cam')).toEqual(['DATE-OBS', 'DETECTOR', 'GAIN']);
  });
});

describe('names of other observatories', () => {
  it('are translated for JWST, and dotted names may be written with underscores', async () => {
    const rules: SampleRules = {
      parkey: "(('META.INSTRUMENT.DETECTOR',),)",
      selector: "Match({'NRCA1' : 'n.fits'})",
      header: `'rmap_omit' : '(META.VISIT.TSOVISIT == "T")',`,
    };
    const context = await sampleContext({ dark: rules }, 'jwst');
    const jwst = { INSTRUME: 'CAM', 'META.INSTRUMENT.NAME': 'CAM', DETECTOR: 'nrca1', tsovisit: 'F' };
    expect(bestReferences(context, jwst, null).dark).toBe('n.fits');
    expect({ ...bestReferences(context, { ...jwst, tsovisit: true }, null) }).toEqual({});
    expect(bestReferences(context, { ...jwst, 'meta.instrument.detector': 'x' }, null).dark).toMatch(/'X'/);
  });

  it('are taken with and without their prefix for Roman', async () => {
    const rules: SampleRules = {
      parkey: "(('ROMAN.META.INSTRUMENT.DETECTOR',),)",
      selector: "Match({'WFI01' : 'w.asdf'})",
    };
    const context = await sampleContext({ dark: rules }, 'roman');
    for (const name of ['META.INSTRUMENT.DETECTOR', 'roman.meta.instrument.detector']) {
      expect(bestReferences(context, { INSTRUME: 'CAM', [name]: 'WFI01' }, null).dark).toBe('w.asdf');
    }
  });
});

describe('the cache of compiled rules', () => {
  it('shares what has the same hash and forgets what was not used for longest', async () => {
    const source = { ...sampleSource(types), hashOf: (name: string) => name };
    const cache = new RuleCache(2);
    await (await Context.open('demo_0001.pmap', source, cache)).load('cam');
    const reads = source.reads.length;
    await (await Context.open('demo_0001.pmap', source, cache)).load('cam');
    expect(source.reads.slice(reads)).toEqual(['demo_0001.pmap', 'demo_cam_0001.imap']);
    const [rmap] = [
      await cache.get('x', () => cache.get('demo_cam_flat_0001.rmap', () => Promise.reject(new Error()))),
    ];
    expect([rmap.filekind, cache.size]).toEqual(['flat', 2]);
  });

  it('does not keep what could not be compiled', async () => {
    const cache = new RuleCache();
    await expect(cache.get('x', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(cache.size).toBe(0);
  });
});
