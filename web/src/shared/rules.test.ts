import { describe, expect, test } from 'vitest';

const sources = import.meta.glob<string>('../**/*.{ts,tsx,css}', {
  eager: true,
  query: '?raw',
  import: 'default',
});
const checked = Object.entries(sources).filter(([path]) => !path.endsWith('.test.ts'));
const colour = /#[0-9a-f]{3,8}\b(?!-)|\b(?:rgb|hsl)a?\(/i;
const formatter =
  /\btoLocale\w*String\b|\bIntl\.|\.toFixed\(|\.toPrecision\(|\.getUTC\w+\(|\.toISOString\(\)\.slice/;

function offenders(pattern: RegExp, allowed: string): string[] {
  return checked.flatMap(([path, text]) =>
    path.endsWith(allowed)
      ? []
      : text
          .split('\n')
          .map((line, index) => ({ line, at: `${path}:${index + 1}` }))
          .filter(({ line }) => pattern.test(line))
          .map(({ at }) => at),
  );
}

describe('the rules of the pages', () => {
  test('colour values stand in tokens.css only', () => {
    expect(offenders(colour, '/tokens.css')).toEqual([]);
  });

  test('numbers and times are formatted in format.ts only', () => {
    expect(offenders(formatter, '/format.ts')).toEqual([]);
  });

  test('the rules see what they forbid', () => {
    expect(checked.length).toBeGreaterThan(40);
    expect('color: #fff;').toMatch(colour);
    expect('href="#why"').not.toMatch(colour);
    expect('n.toFixed(2)').toMatch(formatter);
  });

  test('no file of the application is longer than 400 lines', () => {
    const long = checked.filter(([path, text]) => !path.endsWith('.css') && text.split('\n').length > 400);
    expect(long.map(([path]) => path)).toEqual([]);
  });
});
