import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cameraRules, rmaps } from '../../../../test/support/crds-mappings.ts';
import { Dict, type Literal } from './literal.ts';
import { isSelector, type Mapping, type Selector } from './mapping.ts';
import { inKeyOrder } from './order.ts';
import { reprOf } from './python-text.ts';
import { readMapping } from './read.ts';
import { formatMapping, renderMapping } from './render.ts';

/** What a mapping says, without lines and without the order of what has none. */
function contentOf({ kind, name, writtenHeader, comment, selector }: Mapping): unknown {
  const header = [...writtenHeader].filter(([key]) => key !== 'sha1sum');
  const rules = isSelector(selector) ? treeOf(selector) : sorted(selector);
  return { kind, name, comment, rules, header: header.map(([key, value]) => [key, sorted(value)]).sort() };
}

function treeOf({ selector, entries }: Selector): unknown {
  return {
    selector,
    entries: inKeyOrder(entries).map(({ key, value }) => [
      reprOf(key),
      isSelector(value) ? treeOf(value) : reprOf(value),
    ]),
  };
}

function sorted(value: Literal): unknown {
  if (!(value instanceof Dict)) return reprOf(value);
  return value.entries.map(([key, item]) => [reprOf(key), sorted(item)]).sort();
}

describe('a written mapping', () => {
  it('is the text that was read when that had the normal form', () => {
    expect(renderMapping(readMapping(cameraRules))).toBe(cameraRules);
    expect(formatMapping(readMapping(cameraRules))).toBe(cameraRules);
  });

  it('has keys in order of their texts, and a sum of its own', () => {
    const [head] = cameraRules.split('selector');
    const text = `${head}selector = Bracket({10 : 'b.fits', 2.0: "it's", (1, 'A',) : ('a.fits',), 1 : {'z' : 'x', 'a' : 'y'}})\n`;
    const written = renderMapping(readMapping(text, { ignoreSum: true }));
    expect(written.slice(written.indexOf('selector'))).toBe(`selector = Bracket({
    1 : {'z': 'x', 'a': 'y'},
    (1, 'A') : ('a.fits',),
    10 : 'b.fits',
    2.0 : "it's",
})
`);
    expect(readMapping(written).writtenHeader.get('sha1sum')).not.toBe(
      readMapping(cameraRules).header.get('sha1sum'),
    );
  });

  it('writes dictionaries of the header over several lines', () => {
    const text = cameraRules.replace(
      "    'filekind'",
      "    'hooks' : {'b' : {}, 'a' : 'none'},\n    'filekind'",
    );
    expect(formatMapping(readMapping(text, { ignoreSum: true }))).toContain(`
    'hooks' : {
        'a' : 'none',
        'b' : {
        },
    },
`);
  });

  it('reads back as what was written, whatever it says', () => {
    fc.assert(
      fc.property(rmaps, (mapping) => {
        const text = renderMapping(mapping);
        const again = readMapping(text, { strict: true });
        expect(contentOf(again)).toEqual(contentOf(mapping));
        expect(renderMapping(again)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});
