import { expect, test } from 'vitest';
import { type Mapping, readMapping } from '../rules/index.ts';
import { changedRules, touchedTypes } from './changed-rules.ts';

const rmapOf = (selector: string, header = ''): Mapping =>
  readMapping(
    `header = {
      'mapping': 'reference', 'observatory': 'tobs', 'instrument': 'acs', 'filekind': 'dark', 'name': 'tobs_acs_dark.rmap',
      'derived_from': 'none', 'parkey': (('DETECTOR',), ('DATE-OBS', 'TIME-OBS')), 'sha1sum': '', ${header}
    }
selector = ${selector}`,
    { ignoreSum: true },
  );

const wfc = (rules: string) =>
  `Match({('WFC',): UseAfter({${rules}}), ('HRC',): UseAfter({'2001-01-01 00:00:00': 'h.fits'})})`;
const base = rmapOf(wfc("'2002-01-01 00:00:00': 'a.fits', '2005-01-01 00:00:00': 'b.fits'"));

test('rules that are the same are not changed, whatever header and comment say', () => {
  const same = rmapOf(
    wfc("'2005-01-01 00:00:00': 'b.fits', '2002-01-01 00:00:00': 'a.fits'"),
    "'description': 'new'",
  );
  expect(changedRules(base, same)).toBe(null);
});

test('the earliest date among the rules that differ counts', () => {
  const added = rmapOf(
    wfc("'2002-01-01 00:00:00': 'a.fits', '2003-06-07 08:09:10': 'n.fits', '2005-01-01 00:00:00': 'c.fits'"),
  );
  expect(changedRules(base, added)).toEqual({ since: '2003-06-07 08:09:10' });
  expect(changedRules(added, base)).toEqual({ since: '2003-06-07 08:09:10' });
});

test('a clause that is new or gone counts from its first date', () => {
  const gone = rmapOf("Match({('HRC',): UseAfter({'2001-01-01 00:00:00': 'h.fits'})})");
  expect(changedRules(base, gone)).toEqual({ since: '2002-01-01 00:00:00' });
  expect(changedRules(gone, base)).toEqual({ since: '2002-01-01 00:00:00' });
});

test('rules below a date count from that date', () => {
  const below = (file: string, more = '') =>
    rmapOf(`UseAfter({${more}
      '2003-01-01 00:00:00': Match({('WFC',): UseAfter({'1999-01-01 00:00:00': '${file}'})})})`);
  expect(changedRules(below('a.fits'), below('b.fits'))).toEqual({ since: '2003-01-01 00:00:00' });
  expect(changedRules(below('a.fits'), below('a.fits', '\n\n'))).toBe(null);
});

test('what does not depend on a date may affect every exposure', () => {
  const plain = (file: string) => rmapOf(`Match({('WFC',): '${file}'})`);
  expect(changedRules(plain('a.fits'), plain('b.fits'))).toEqual({ since: null });
  expect(changedRules(base, plain('a.fits'))).toEqual({ since: null });
  const odd = rmapOf(
    wfc("'2002-01-01 00:00:00': 'a.fits', '01/01/1999': 'o.fits', '2005-01-01 00:00:00': 'b.fits'"),
  );
  expect(changedRules(base, odd)).toEqual({ since: null });
  const others = readMapping(
    `header = {'mapping': 'reference', 'observatory': 'tobs', 'instrument': 'acs', 'filekind': 'dark',
      'name': 'tobs_acs_dark.rmap', 'derived_from': 'none', 'parkey': (('FILTER',), ('DATE-OBS', 'TIME-OBS'))}
selector = ${wfc("'2002-01-01 00:00:00': 'a.fits', '2005-01-01 00:00:00': 'b.fits'")}`,
    { ignoreSum: true },
  );
  expect(changedRules(base, others)).toEqual({ since: null });
});

test('no date is safe when the header decides differently as well', () => {
  const added = "'2002-01-01 00:00:00': 'a.fits', '2005-01-01 00:00:00': 'c.fits'";
  expect(changedRules(base, rmapOf(wfc(added), "'rmap_relevance': '(False)'"))).toEqual({ since: null });
});

test('a context touches the types whose rules differ, are new, gone or not applicable any more', async () => {
  const listOf = (kind: 'pipeline' | 'instrument', name: string, selector: Record<string, string>): Mapping =>
    readMapping(
      `header = {'mapping': '${kind}', 'observatory': 'tobs', ${kind === 'instrument' ? "'instrument': 'acs'," : ''}
        'name': '${name}', 'derived_from': 'none', 'parkey': ('REFTYPE',)}
selector = ${JSON.stringify(selector)}`,
      { ignoreSum: true },
    );
  const changed = rmapOf(wfc("'2002-01-01 00:00:00': 'a.fits', '2005-01-01 00:00:00': 'z.fits'"));
  const mappings = new Map<string, Mapping>([
    [
      'old.imap',
      listOf('instrument', 'old.imap', {
        dark: 'base',
        BIAS: 'base',
        flat: 'base',
        pct: 'base',
        idc: 'base',
      }),
    ],
    [
      'new.imap',
      listOf('instrument', 'new.imap', {
        DARK: 'changed',
        bias: 'renamed',
        flat: 'N/A',
        pct: 'base',
        sky: 'base',
      }),
    ],
    ['base', base],
    ['renamed', base],
    ['changed', changed],
  ]);
  const read = async (name: string): Promise<Mapping> => {
    const mapping = mappings.get(name);
    if (mapping === undefined) throw new Error(`${name} was read`);
    return mapping;
  };
  const before = listOf('pipeline', 'old.pmap', { ACS: 'old.imap', COS: 'unread.imap' });
  const after = listOf('pipeline', 'new.pmap', { acs: 'new.imap', cos: 'unread.imap' });
  expect(await touchedTypes(before, after, read)).toEqual([
    { instrument: 'acs', type: 'dark', since: '2005-01-01 00:00:00' },
    { instrument: 'acs', type: 'flat', since: null },
    { instrument: 'acs', type: 'idc', since: null },
    { instrument: 'acs', type: 'sky', since: null },
  ]);
});
