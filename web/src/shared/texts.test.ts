import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnsi } from './ansi.ts';
import { readCsv } from './csv.ts';
import { readTerms, writeTerms } from './filter-terms.ts';

describe('the filter line', () => {
  test('fields, quoted values and bare words are read', () => {
    expect(readTerms('phase:ERROR name:"deep field" tile', 'name')).toEqual([
      { field: 'phase', value: 'ERROR' },
      { field: 'name', value: 'deep field' },
      { field: 'name', value: 'tile' },
    ]);
  });

  test('what is written is read back', () => {
    const term = fc.record({
      field: fc.stringMatching(/^[a-zA-Z]{1,8}$/),
      value: fc.stringMatching(/^[^\s":]([^":]{0,10}[^\s":])?$/),
    });
    fc.assert(
      fc.property(fc.array(term), (terms) => {
        expect(readTerms(writeTerms(terms, 'name'), 'name')).toEqual(terms);
      }),
    );
  });
});

describe('comma-separated text', () => {
  test('quotes, doubled quotes and line breaks inside them are read', () => {
    expect(readCsv('a,b\r\n"x, y","say ""no"""\n"two\nlines",\n')).toEqual([
      ['a', 'b'],
      ['x, y', 'say "no"'],
      ['two\nlines', ''],
    ]);
  });

  test('any table that is written with quotes is read back', () => {
    const table = fc.array(fc.array(fc.string(), { minLength: 2, maxLength: 4 }), {
      minLength: 1,
      maxLength: 8,
    });
    const quote = (field: string) => `"${field.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(table, (rows) => {
        // The first line decides the separator; a header without breaks and tabs, as files have.
        const all = [['id', 'name'], ...rows];
        expect(readCsv(all.map((row) => row.map(quote).join(',')).join('\n'))).toEqual(all);
      }),
    );
  });

  test('no more rows are read than asked for', () => {
    expect(readCsv('a\nb\nc\nd', 2)).toEqual([['a'], ['b']]);
  });
});

const ascii = fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code));

describe('lines of a log', () => {
  test('colours become runs and end where they are reset', () => {
    expect(
      readAnsi('a \u001b[31;1mred\u001b[0m b').map(({ text, colour, bold }) => [text, colour, bold]),
    ).toEqual([
      ['a ', null, false],
      ['red', 1, true],
      [' b', null, false],
    ]);
  });

  test('control characters are shown and cursor movement is dropped', () => {
    expect(readAnsi('\u0007\u001b[2Kx').map(({ text, control }) => [text, control])).toEqual([
      ['␇', true],
      ['x', false],
    ]);
  });

  test('no control character is left in any line, and no other text is lost', () => {
    fc.assert(
      fc.property(fc.string({ unit: ascii }), (line) => {
        const shown = readAnsi(line)
          .map((run) => run.text)
          .join('');
        expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (line) => {
        expect(
          readAnsi(line)
            .map((run) => run.text)
            .join(''),
        ).toBe(line);
      }),
    );
  });
});
