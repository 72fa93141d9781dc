import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsvTable } from './csv-table.ts';
import { cellText, floatText } from './table-model.ts';
import { ascii, joined, written } from './testing/fits-bytes.ts';
import { readVoTable } from './votable.ts';
import { decodeXml, scanXml } from './xml-scan.ts';

describe('separated text', () => {
  test.each([',', '\t', ';', '|'])('divided by %j is a table', async (separator) => {
    const table = readCsvTable(
      [
        ['id', 'ra'],
        ['1', '53.1'],
        ['2', '53.2'],
      ]
        .map((row) => row.join(separator))
        .join('\n'),
      true,
    );
    expect(table.columns.map(({ name, numeric }) => [name, numeric])).toEqual([
      ['id', true],
      ['ra', true],
    ]);
    expect(await table.rows(0, 10)).toEqual([
      ['1', '53.1'],
      ['2', '53.2'],
    ]);
    expect(table.cut).toBeNull();
  });

  test('the last row of a part may be half a row, and is left out', async () => {
    const table = readCsvTable('id,ra\n1,53.1\n2,5', false);
    expect(table.rowCount).toBe(1);
    expect(table.cut).not.toBeNull();
  });

  test('ECSV says units and descriptions', () => {
    const table = readCsvTable(
      "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n# - {name: ra, unit: deg, datatype: float64, description: 'Right, ascension'}\n# - {name: id, datatype: int64}\nra,id\n1.5,2\n",
      true,
    );
    expect(table.columns.map(({ name, unit, type, description }) => [name, unit, type, description])).toEqual(
      [
        ['ra', 'deg', 'float64', 'Right, ascension'],
        ['id', '', 'int64', ''],
      ],
    );
  });

  test('rows that are longer than the head get columns of their own', async () => {
    const table = readCsvTable('a\n1,2,3\n', true);
    expect(table.columns.map(({ name }) => name)).toEqual(['a', 'column 2', 'column 3']);
  });

  test('whatever the text, a table comes out, and as wide as its columns', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 500 }), fc.boolean(), async (text, whole) => {
        const table = readCsvTable(text, whole);
        for (const row of await table.rows(0, 100))
          expect(row.length).toBeLessThanOrEqual(table.columns.length);
      }),
    );
  });
});

const fields = `<FIELD name="id" datatype="int"/><FIELD name="ra" datatype="double" unit="deg" ucd="pos.eq.ra"><DESCRIPTION>Right
ascension &amp; more</DESCRIPTION></FIELD><FIELD name="name" datatype="char" arraysize="*"/>`;
const votable = (data: string) =>
  `<?xml version="1.0"?><VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE name="sources"><DESCRIPTION>What was found</DESCRIPTION>${fields}<DATA>${data}</DATA></TABLE></RESOURCE></VOTABLE>`;
const rows =
  '<TABLEDATA><TR><TD>1</TD><TD>53.1</TD><TD>a &lt;b&gt; <![CDATA[&c]]></TD></TR><TR><TD/><TD></TD><TD>z</TD></TR></TABLEDATA>';

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

function binary(binary2: boolean): string {
  const one = written(18, (view, bytes) => {
    view.setInt32(0, 7);
    view.setFloat64(4, 53.5);
    view.setInt32(12, 2);
    bytes.set(ascii('ab'), 16);
  });
  const flags = binary2 ? Uint8Array.of(0b0100_0000) : new Uint8Array(0);
  const name = binary2 ? 'BINARY2' : 'BINARY';
  const text = base64(joined(flags, one, flags, one)).replace(/(.{10})/g, '$1\n');
  return `<${name}><STREAM encoding="base64">\n ${text}</STREAM></${name}>`;
}

describe('a VOTable', () => {
  test('has columns with all that is said of them, and rows', async () => {
    const { tables, status } = readVoTable(votable(rows), true);
    expect(status).toBe('OK');
    const [first] = tables;
    expect([tables.length, first?.name, first?.description, first?.table.cut]).toEqual([
      1,
      'sources',
      'What was found',
      null,
    ]);
    expect(first?.table.columns[1]).toMatchObject({
      name: 'ra',
      unit: 'deg',
      ucd: 'pos.eq.ra',
      description: 'Right ascension & more',
      numeric: true,
    });
    expect(await first?.table.rows(0, 5)).toEqual([
      ['1', '53.1', 'a <b> &c'],
      ['', '', 'z'],
    ]);
  });

  test('with a prefix is the same', async () => {
    const prefixed = votable(rows)
      .replace(/<(\/?)(?=[A-Z])/g, '<$1v:')
      .replace('<v:![CDATA', '<![CDATA');
    expect(readVoTable(prefixed, true).tables[0]?.table.rowCount).toBe(2);
  });

  test.each([
    [false, '53.5'],
    [true, ''],
  ])('in base64 is decoded (BINARY2: %s)', async (binary2, ra) => {
    const { tables } = readVoTable(votable(binary(binary2)), true);
    expect(await tables[0]?.table.rows(0, 5)).toEqual([
      ['7', ra, 'ab'],
      ['7', ra, 'ab'],
    ]);
  });

  test('in base64 that is cut gives the rows that are whole', () => {
    const text = votable(binary(false));
    expect(readVoTable(text.slice(0, text.indexOf('</STREAM>') - 6), false).tables[0]?.table).toMatchObject({
      rowCount: 1,
      cut: 'only the first part of the file has been read',
    });
  });

  test.each([
    [
      '<BINARY><STREAM encoding="gzip">xx</STREAM></BINARY>',
      'its rows are encoded as gzip, which is not shown',
    ],
    [
      '<BINARY><STREAM href="http://elsewhere/x"/></BINARY>',
      'its rows stand in another file, which is not fetched',
    ],
    [
      '<FITS><STREAM encoding="base64">xx</STREAM></FITS>',
      'its rows stand in the table as FITS, which is not shown',
    ],
  ])('%s: says why there are no rows', (data, cut) => {
    expect(readVoTable(votable(data), true).tables[0]?.table).toMatchObject({ rowCount: 0, cut });
  });

  test.each([
    ['columns without bytes', '<FIELD name="x" datatype="char" arraysize="0"/>', 'its columns hold no bytes'],
    [
      'an unknown type',
      '<FIELD name="x" datatype="tensor"/>',
      'column x has the type tensor, which no VOTable has',
    ],
    [
      'a size beyond all bounds',
      '<FIELD name="x" datatype="int" arraysize="999999x999999x999999"/>',
      'its last row is cut off',
    ],
  ])('with %s neither hangs nor grows', (_what, field, cut) => {
    const text = `<VOTABLE><TABLE>${field}<DATA><BINARY><STREAM encoding="base64">AAAAAAAA</STREAM></BINARY></DATA></TABLE></VOTABLE>`;
    expect(readVoTable(text, true).tables[0]?.table).toMatchObject({ rowCount: 0, cut });
  });

  test('entities that would grow without end stay as they stand', () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>${votable('<TABLEDATA><TR><TD>&b;</TD></TR></TABLEDATA>')}`;
    expect(readVoTable(bomb, true).tables[0]?.table.rowCount).toBe(1);
    expect(decodeXml('&b;&#x1F600;&#0;&#xD800;&lt;')).toBe('&b;\u{1f600}\0&#xD800;<');
  });

  test('cut or changed anywhere, tables come out and nothing else', () => {
    const text = votable(rows) + votable(binary(true));
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), fc.string({ maxLength: 5 }), (end, at, other) => {
        const broken = (text.slice(0, at) + other + text.slice(at + 1)).slice(0, end);
        expect(readVoTable(broken, false).tables.length).toBeLessThanOrEqual(50);
      }),
      { numRuns: 500 },
    );
  });

  test('long broken tags are read in one pass', () => {
    const pieces = [...scanXml(`<${'a'.repeat(300_000)} ${'b'.repeat(300_000)} ${'c="d" '.repeat(20_000)}`)];
    expect(pieces.length).toBe(1);
  });
});

describe('cells', () => {
  test('are one line, and not endless', () => {
    expect(cellText(' a\n\tb\u0000 ')).toBe('a b');
    expect(cellText('x'.repeat(1000)).length).toBe(301);
  });

  test('32-bit floats are written as short as they are exact', () => {
    expect([0.1, 1e30, 16_777_216, 1 / 3].map((value) => floatText(Math.fround(value)))).toEqual([
      '0.1',
      '1e+30',
      '16777216',
      '0.33333334',
    ]);
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(Number(floatText(value)))).toBe(value + 0);
      }),
    );
  });
});
