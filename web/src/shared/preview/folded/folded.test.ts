import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../json.ts';
import { jsonLines } from './json-lines.ts';
import { type FoldLine, foldedBelow, linesInSight, lineText, opened } from './lines.ts';
import { xmlLines } from './xml-lines.ts';
import { yamlLines } from './yaml-lines.ts';

const written = (lines: FoldLine[] | null) =>
  (lines ?? []).map((line) => '  '.repeat(line.depth) + lineText(line)).join('\n');

/** Blocks lie within each other and within the text. */
function soundBlocks(lines: FoldLine[]): void {
  lines.forEach((line, at) => {
    if (line.end === null) return;
    expect(line.end).toBeGreaterThan(at);
    expect(line.end).toBeLessThan(lines.length);
    for (let inner = at + 1; inner <= line.end; inner += 1)
      expect(lines[inner]?.end ?? at).toBeLessThanOrEqual(line.end);
  });
}

describe('JSON', () => {
  test('is written as JSON.stringify indents it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const lines = jsonLines(value as Json) ?? [];
        expect(JSON.parse(written(lines))).toEqual(JSON.parse(JSON.stringify(value)));
        soundBlocks(lines);
      }),
    );
  });

  test('that is very deep does not overflow', () => {
    let value: Json = 1;
    for (let depth = 0; depth < 10_000; depth += 1) value = [value];
    expect(jsonLines(value)?.length).toBe(20_001);
  });

  test('that is very long is left to be shown as text', () => {
    expect(jsonLines(Array.from({ length: 200_000 }, (_, at) => at))).toBeNull();
  });

  test('folded blocks are out of sight, and a match opens those around it', () => {
    const lines = jsonLines({ a: { b: [1, 2] }, c: 3 }) ?? [];
    const folded = foldedBelow(lines, 1);
    expect(linesInSight(lines, folded).map((at) => lineText(lines[at] as FoldLine))).toEqual([
      '{',
      '"a": {',
      '"c": 3',
      '}',
    ]);
    const target = lines.findIndex((line) => lineText(line).startsWith('2'));
    expect(linesInSight(lines, opened(lines, folded, target))).toContain(target);
  });
});

describe('XML', () => {
  test('is indented, and elements with nothing but text stay on one line', () => {
    const lines = xmlLines(
      '<?xml version="1.0"?><job id="1"><phase>RUN</phase><list><a/><b>x</b></list></job>',
    );
    expect(written(lines).split('\n')).toEqual([
      '<?xml version="1.0"?>',
      '<job id="1">',
      '  <phase>RUN</phase>',
      '  <list>',
      '    <a/>',
      '    <b>x</b>',
      '  </list>',
      '</job>',
    ]);
    soundBlocks(lines ?? []);
  });

  test('whatever is cut or crossed, its blocks are sound', () => {
    const piece = fc.constantFrom(
      '<a>',
      '</a>',
      '<b c="d">',
      '</b>',
      '<e/>',
      'text',
      '<!-- -->',
      '<',
      '"',
      '<![CDATA[',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        soundBlocks(xmlLines(pieces.join('')) ?? []);
      }),
    );
  });
});

describe('YAML', () => {
  test('stays as it is written, and folds by its indentation', () => {
    const text = '# who\nname: hello\nparameters:\n  - name: x\n    type: int\n\n  - name: y\nlast: 1\n';
    const lines = yamlLines(text) ?? [];
    expect(`${lines.map(lineText).join('\n')}\n`).toBe(text);
    expect(lines[2]).toMatchObject({ end: 6, note: ' 4 lines' });
    expect(lines[3]?.end).toBe(4);
    soundBlocks(lines);
  });

  test('any text folds soundly and loses nothing', () => {
    const line = fc
      .tuple(fc.nat(6), fc.constantFrom('a: 1', '- b', '', 'c', '"x": y', '- - z: 1'))
      .map(([n, text]) => ' '.repeat(n) + text);
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), (source) => {
        const text = source.join('\n').replace(/\n+$/, '');
        const lines = yamlLines(text) ?? [];
        expect(lines.map(lineText).join('\n')).toBe(text);
        soundBlocks(lines);
      }),
    );
  });
});
