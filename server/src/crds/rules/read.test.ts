import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cameraRules, withSum } from '../../../../test/support/crds-mappings.ts';
import { Dict, type Literal, NumberLiteral, Tuple } from './literal.ts';
import { isSelector, type Selector } from './mapping.ts';
import { MappingError } from './mapping-error.ts';
import { readMapping } from './read.ts';

/** An rmap with this selector. */
function rulesWith(selector: string): string {
  return `${cameraRules.slice(0, cameraRules.indexOf('selector'))}selector = ${selector}\n`;
}

/** An rmap with one more header entry. */
function headerWith(entry: string): string {
  return cameraRules.replace("    'filekind'", `    ${entry},\n    'filekind'`);
}

function read(text: string): ReturnType<typeof readMapping> {
  return readMapping(text, { ignoreSum: true });
}

function treeOf(text: string): Selector {
  const { selector } = read(text);
  if (!isSelector(selector)) throw new Error('no tree');
  return selector;
}

function entry(text: string): Literal | undefined {
  return read(headerWith(`'extra' : ${text}`)).writtenHeader.get('extra');
}

function problem(text: string, options: Parameters<typeof readMapping>[1] = { ignoreSum: true }): string {
  try {
    readMapping(text, options);
  } catch (error) {
    if (error instanceof MappingError) return error.message;
    throw error;
  }
  return 'none';
}

describe('reading a mapping', () => {
  it('gives header, rules and where they stand', () => {
    const mapping = readMapping(cameraRules);
    expect(mapping).toMatchObject({ kind: 'rmap', name: 'demo_camera_flat_0001.rmap', comment: null });
    expect([...mapping.header.keys()][0]).toBe('derived_from');
    const tree = treeOf(cameraRules);
    expect(tree.selector).toBe('Match');
    expect(tree.entries.map(({ line }) => line)).toEqual([13, 17]);
    expect(tree.entries[1]?.key).toEqual(new Tuple(['SOUTH', 'N/A']));
    expect(tree.entries[1]?.value).toMatchObject({
      selector: 'UseAfter',
      entries: [{ key: '2001-01-01 00:00:00', value: 'demo_camera_flat_0003.fits', line: 18 }],
    });
  });

  it('understands header texts in lower case unless they stand in parentheses, and keeps them as written', () => {
    const mapping = read(headerWith("'rmap_relevance' : '(DETECTOR == \"NORTH\")', 'hooks' : {'a' : 'B'}"));
    expect(mapping.header.get('instrument')).toBe('camera');
    expect(mapping.writtenHeader.get('instrument')).toBe('CAMERA');
    expect(mapping.header.get('rmap_relevance')).toBe('(DETECTOR == "NORTH")');
    expect(mapping.header.get('hooks')).toEqual(new Dict([['a', 'B']]));
  });

  it('takes sections in any order, comments, continued lines and missing last commas', () => {
    const [header, selector] = cameraRules.split('\n\n');
    const text = `# note\n\n${selector}\ncomment = '''two\nlines'''  # why\n${header?.replace('= {', '= \\\n {')}`;
    const mapping = readMapping(withSum(text.replace(/'sha1sum' : '\w+'/, "'sha1sum' : 'SUM'")));
    expect(mapping.comment).toBe('two\nlines');
    expect(treeOf(rulesWith("Match({'A' : UseAfter({'x' : 'f.fits'})},)")).entries).toHaveLength(1);
  });

  it.each([
    [`'a' "b" r'\\c' u'd'`, 'ab\\cd'],
    [`'\\x41\\u00e9\\U0001F600\\101\\0\\n\\q\\''`, "A\u00e9\u{1F600}A\0\n\\q'"],
    [`'''a 'quoted' "word"\nand more'''`, `a 'quoted' "word"\nand more`],
    [`"a\\\nb"`, 'ab'],
    [`r'\\''`, "\\'"],
    ["('a')", 'a'],
    ["('a',)", new Tuple(['a'])],
    ['()', new Tuple([])],
    ['[1, [], True, None,]', [new NumberLiteral('1', 1), [], true, null]],
    [
      "{'b' : 1, 'a' : {}}",
      new Dict([
        ['b', new NumberLiteral('1', 1)],
        ['a', new Dict([])],
      ]),
    ],
  ])('reads %s', (text, value) => {
    expect(entry(text)).toEqual(value);
  });

  it.each([
    ['0', '0', 0],
    ['-0', '0', 0],
    ['007.5', '7.5', 7.5],
    ['- 5', '-5', -5],
    ['--5', '5', 5],
    ['1_000', '1000', 1000],
    ['0xFF', '255', 255],
    ['36893488147419103232', '36893488147419103232', 2 ** 65],
    ['1.', '1.0', 1],
    ['.5', '0.5', 0.5],
    ['1e16', '1e+16', 1e16],
    ['-0.0', '-0.0', -0],
    ['1E-7', '1e-07', 1e-7],
  ])('reads the number %s as Python writes it', (text, written, value) => {
    expect(entry(text)).toEqual(new NumberLiteral(written, value));
  });

  it('keeps the last of equal keys, as Python does, or refuses them when strict', () => {
    const text = rulesWith("Bracket({1 : 'a.fits', 2 : 'b.fits', 1.0 : 'c.fits'})");
    expect(treeOf(text).entries.map(({ key, value }) => [key, value])).toEqual([
      [new NumberLiteral('1', 1), 'c.fits'],
      [new NumberLiteral('2', 2), 'b.fits'],
    ]);
    expect(problem(text, { ignoreSum: true, strict: true })).toBe(
      'mapping:12:49: expected a key other than that of line 12',
    );
  });

  it('keeps names of JavaScript apart from names of rules', () => {
    const mapping = read(headerWith("'__proto__' : 'X', 'constructor' : 'Y'"));
    expect(mapping.header.get('__proto__')).toBe('x');
    expect(treeOf(rulesWith("Match({'__proto__' : 'a.fits', '__proto__' : 'b.fits'})")).entries).toHaveLength(
      1,
    );
  });

  it('reads a context as a dictionary of names', () => {
    const header =
      "header = {'mapping' : 'PIPELINE', 'name' : 'demo.pmap', 'derived_from' : 'x', 'observatory' : 'DEMO', 'parkey' : ('INSTRUME',)}\n";
    const mapping = read(`${header}selector = {'CAMERA' : 'demo_camera_0001.imap', 'OLD' : 'N/A'}`);
    expect(mapping.kind).toBe('pmap');
    expect(mapping.selector).toEqual(
      new Dict([
        ['CAMERA', 'demo_camera_0001.imap'],
        ['OLD', 'N/A'],
      ]),
    );
    expect(problem(`${header}selector = Match({})`)).toBe(
      'mapping:2:12: expected the selector to be a dictionary',
    );
    expect(problem(`${header}selector = {'A' : ('b.imap',)}`)).toContain('text for keys and values');
  });
});

describe('a mapping is refused where it is wrong', () => {
  it.each([
    ['import os\n', 'mapping:1:1: expected an assignment of'],
    ['x = 1\n', 'mapping:1:1: expected an assignment of'],
    [`${cameraRules})\n`, 'mapping:21:1: expected an assignment of'],
    [`${cameraRules}header = {}\n`, 'mapping:21:1: expected header only once'],
    [`${cameraRules} comment = 'x'\n`, 'mapping:21:2: expected a statement at the beginning of a line'],
    [`${cameraRules}comment = 'x' 'y' z\n`, 'mapping:21:19: expected the end of the value'],
    [`${cameraRules}comment =\n'x'\n`, 'mapping:21:10: expected a literal'],
    [`${cameraRules}comment = 5\n`, 'mapping:21:11: expected the comment to be text'],
    [
      'header = {}\n',
      "mapping:1:10: expected 'mapping' in the header to be PIPELINE, INSTRUMENT or REFERENCE",
    ],
    [cameraRules.replace("'CAMERA'", '7'), "mapping:1:10: expected text for 'instrument' in the header"],
    [cameraRules.replace("'parkey'", "'parky'"), "mapping:1:10: expected 'parkey' in the header"],
    [cameraRules.replace("'mapping'", 'None'), 'mapping:1:10: expected the keys of the header to be text'],
    [cameraRules.slice(0, cameraRules.indexOf('selector')), 'mapping:12:1: expected a selector section'],
    [rulesWith("{'A' : 'b.fits'}"), 'mapping:12:12: expected a selector such as Match({'],
  ])('%#: says where and what was expected', (text, message) => {
    expect(problem(text)).toContain(message);
  });

  it.each([
    ["UseBefore({'a' : 'b.fits'})", '12: expected a literal or one of Match, UseAfter'],
    ["Match('a')", "18: expected '{'"],
    ["Match({'a' : open('x')})", '25: expected a literal or one of Match'],
    ["Match({'a' : 'b'.upper()})", "28: expected ',' or '}'"],
    ["Match({'a' : 'bc'[0]})", "29: expected ',' or '}'"],
    ["Match({'a' : 'b' + 'c'})", "29: expected ',' or '}'"],
    ["Match({'a' : {'b', 'c'}})", "29: expected ':'"],
    ["Match({'a' : [x for x in 'b']})", '26: expected a literal'],
    ["Match({'a' : lambda: 1})", '25: expected a literal or one of'],
    ["Match({'a' : f'{1}'})", '25: expected plain text, not bytes and not a formatted string'],
    ["Match({'a' : b'x'})", '25: expected plain text'],
    [
      "Match({'a' : None})",
      '25: expected a selector, a file name, a tuple of names or a dictionary of names',
    ],
    ["Match({'a' : ['b']})", '25: expected a selector, a file name'],
    ["Match({'a' : (1, 2)})", '25: expected a selector, a file name'],
    ["Match({Match({}) : 'b'})", '19: expected a literal, not a selector'],
    ["Match({[] : 'b'})", '19: expected a key that is no list and no dictionary'],
    ["Match({('a', {}) : 'b'})", '19: expected a key that is no list and no dictionary'],
    ["Match({'a' : 'b", '25: expected a closing quote on the same line'],
    ["Match({'a' : '''b", '25: expected three closing quotes'],
    ["Match({'a' : 'b\\x4'})", '27: expected 2 hexadecimal digits of a character'],
    ["Match({'a' : '\\N{DASH}'})", '26: expected a character or its number'],
    ["Bracket({007 : 'b'})", '23: expected the end of the number'],
    ["Bracket({+1 : 'b'})", '21: expected a literal'],
    ["Bracket({1j : 'b'})", '22: expected the end of the number'],
    ["Bracket({1e999 : 'b'})", '21: expected a number below 1.8e308'],
    ["Bracket({- : 'b'})", '23: expected a number'],
    ['Match({**x})', '19: expected a literal'],
  ])('%s', (selector, message) => {
    expect(problem(rulesWith(selector))).toContain(`mapping:12:${message}`);
  });

  it('says at the end of the text what is missing there', () => {
    expect(problem(rulesWith("Match({'a' : 'b'"))).toBe("mapping:13:1: expected ',' or '}'");
  });

  it('names the file, and wants its extension to agree with what it is', () => {
    expect(problem('x', { name: 'demo.pmap' })).toContain('demo.pmap:1:1: ');
    expect(problem(cameraRules, { name: 'demo.pmap' })).toContain(
      'expected the header of a .pmap, not of a .rmap',
    );
  });

  it('wants the sum of the text', () => {
    const wrong = cameraRules.replace('NORTH', 'EAST');
    expect(problem(wrong, {})).toMatch(
      /^mapping:9:1\d: expected the sha1sum of the text, [0-9a-f]{40}$|^mapping:9:6: /,
    );
    expect(problem(wrong, { ignoreSum: true })).toBe('none');
    expect(problem(cameraRules.replace(/ {4}'sha1sum'.*\n/, ''), {})).toContain(
      'expected a sha1sum in the header',
    );
    expect(() => readMapping(wrong)).toThrow(expect.objectContaining({ fault: 'sum' }));
  });

  it('stops at texts that are too long, too deep or not text', () => {
    expect(problem(cameraRules, { maxBytes: 100 })).toContain('expected at most 100 bytes');
    const wide = `${cameraRules}# ${'é'.repeat(30)}`;
    expect(problem(wide, { maxBytes: wide.length + 5 })).toContain('expected at most');
    const deep = 100_000;
    expect(problem(rulesWith('Match({1 : '.repeat(deep)))).toContain(
      'expected at most 100 brackets inside each other',
    );
    expect(problem(headerWith(`'x' : ${'('.repeat(deep)}`))).toContain('at most 100 brackets');
    expect(problem(headerWith(`'x' : ${'-'.repeat(deep)}1`))).toBe('none');
    expect(problem(headerWith(`'x' : ${'9'.repeat(5000)}`))).toContain('at most 4300 digits');
    expect(problem(`${cameraRules}\0`)).toContain('expected no character of number 0');
  });

  it('answers every text with a mapping or a MappingError', () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '\\',
      '\n',
      '{',
      '}',
      '(',
      ')',
      ',',
      ':',
      '#',
      'Match',
      '1',
      '-',
      ' ',
      "'''",
    );
    fc.assert(
      fc.property(
        fc.nat(cameraRules.length),
        fc.nat(20),
        fc.array(piece, { maxLength: 6 }),
        (at, cut, pieces) => {
          const text = cameraRules.slice(0, at) + pieces.join('') + cameraRules.slice(at + cut);
          expect(problem(text)).toMatch(/^none$|^mapping:\d+:\d+: expected /);
        },
      ),
    );
  });
});
