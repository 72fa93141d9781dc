import { describe, expect, test } from 'vitest';
import { faults, looks, pageWalk } from './walk.ts';

const walk = pageWalk('preview-pages.test.ts');
const job = '/ui/services/bkg_sources/jobs/pr3v13w5';

/** Every kind of result with the text that shows it has been read. */
const kinds: Array<[name: string, address: string, sign: RegExp]> = [
  ['FITS image', `${job}?result=sub`, /shown 1 : \d/],
  ['FITS image one to one', `${job}?result=sub&view=zoom:1,stretch:log,map:inverse`, /shown 1 : 1,/],
  ['FITS table', `${job}?result=sub&view=hdu:1`, /000 rows, 4 columns/],
  ['FITS compressed', `${job}?result=sub&view=hdu:2`, /is not unpacked here/],
  ['FITS cube', `${job}?result=cube&view=plane:3`, /Plane 3 of 5/],
  ['FITS cut short', `${job}?result=cut`, /it was cut short/],
  ['VOTable', `${job}?result=sources`, /284 rows, 5 columns/],
  ['CSV', `${job}?result=catalogue`, /rows, 5 columns/],
  ['JSON', `${job}?result=statistics`, /"mean"/],
  ['YAML', `${job}?result=recipe`, /# how it was run/],
  ['XML', `${job}?result=document`, /COMPLETED<|phase/],
  ['HTML source', `${job}?result=report`, /doctype html/],
  ['HTML page', `${job}?result=report&view=as:drawn`, /Drawn without scripts/],
  ['SVG', `${job}?result=graph`, /300 × 120/],
  ['long text', `${job}?result=notes`, /between them are left out/],
  ['false image', `${job}?result=fake`, /top\.hacked/],
  ['bytes', `${job}?result=model`, /these are the first 4\.1/],
  ['empty file', `${job}?result=nothing`, /The file is empty/],
  ['no results', '/ui/services/bkg_sources/jobs/n0r3su1t', /The job left no results/],
  ['ten thousand results', '/ui/services/bkg_sources/jobs/m4nyr3s5', /tile_0\.bin/],
  ['an input', `${job}?tab=parameters&input=input`, /Hello, world/],
];

describe.skipIf(walk.reason !== undefined)('every kind of result', () => {
  for (const [lookName, look] of looks) {
    const audit = look.dark === true ? 'colours' : 'all';
    test.each(kinds)(
      `${lookName}: %s is shown, accessible, and breaks no rule of the browser`,
      async (name, address, sign) => {
        const visited = await walk.goTo(address, look, sign);
        const found = await faults(visited, `preview-${name}-${lookName}`, { audit, fullPage: true });
        // What the page of a job tries in its frame is refused, and the browser says so.
        const refused = /sandboxed|Content Security Policy directive: "(default-src 'none'|img-src data:)"/;
        expect(name === 'HTML page' ? found.filter((text) => !refused.test(text)) : found).toEqual([]);
      },
    );
  }
});
