import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DateError, reformatDate } from './dates.ts';
import { Failure } from './failure.ts';
import { Header } from './header.ts';
import { type Literal, NumberLiteral, Tuple } from './literal.ts';
import { type Entry, isSelector, mappingOf, type Selector, type SelectorName } from './mapping.ts';
import { MappingError } from './mapping-error.ts';
import { compileRmap } from './rmap.ts';
import { conditionKey } from './selectors/key.ts';
import { compareText, conditionValue } from './values.ts';

/*
 * Compiled rules look clauses up by value, bisect dates and merge once. Here the same is done by walking all entries,
 * as one would on paper; both must agree on any rules and any header.
 */

type Answer = { file: unknown } | { failed: string; next: boolean };
type Values = Record<string, string>;

const found = (file: unknown): Answer => ({ file });
const failed = (why: string, next = false): Answer => ({ failed: why, next });

function walk(selector: Selector, levels: readonly string[][], values: Values): Answer {
  const [parameters = [], ...below] = levels;
  const follow = ({ value }: Entry): Answer => {
    if (!isSelector(value)) return found(value);
    const answer = walk(value, below, values);
    return 'next' in answer && answer.next ? failed('below', true) : answer;
  };
  const given = parameters.map((name) => values[name] ?? 'UNDEFINED');
  if (selector.selector === 'Match') return walkMatch(selector, given, below, values);
  if (selector.selector === 'UseAfter' || selector.selector === 'ClosestTime') {
    if (given.includes('UNDEFINED')) return failed('undefined');
    let date: string;
    try {
      date = reformatDate(given.join(' '));
    } catch (error) {
      if (error instanceof DateError) return failed('date');
      throw error;
    }
    const entries = [...selector.entries].sort((a, b) => compareText(String(a.key), String(b.key)));
    if (selector.selector === 'UseAfter') {
      const last = entries.filter(({ key }) => String(key) <= date).at(-1);
      return last === undefined ? failed('too early', true) : follow(last);
    }
    const distance = ({ key }: Entry): number => Math.abs(Date.parse(`${date}Z`) - Date.parse(`${key}Z`));
    const [nearest] = entries.sort((a, b) => distance(a) - distance(b));
    return nearest === undefined ? failed('empty') : follow(nearest);
  }
  const value = given[0] ?? '';
  if (selector.selector === 'VersionAfter') {
    if (!/^\d/.test(value)) return failed('version');
    const rank = (text: string): number => {
      const [major = 0, minor = 0, patch = 0] = (/^[\d.]+/.exec(text)?.[0] ?? '').split('.').map(Number);
      return major * 1e6 + minor * 1e3 + patch;
    };
    const entries = [...selector.entries].sort((a, b) => rank(String(a.key)) - rank(String(b.key)));
    const last = entries.filter(({ key }) => rank(String(key)) <= rank(value)).at(-1);
    return last === undefined ? failed('version too low', true) : follow(last);
  }
  if (!/^-?\d+(\.\d+)?$/.test(value)) return failed('number');
  return walkNumbers(selector, Number(value), follow);
}

function walkNumbers(selector: Selector, value: number, follow: (entry: Entry) => Answer): Answer {
  const number = ({ key }: Entry): number => (key instanceof NumberLiteral ? key.value : Number.NaN);
  const rising = [...selector.entries].sort((a, b) => number(a) - number(b));
  if (rising.length === 0) return failed('empty');
  if (selector.selector === 'GeometricallyNearest') {
    const byText = rising.sort((a, b) => compareText(`${number(a)}`, `${number(b)}`));
    const distance = (entry: Entry): number => Math.abs(Math.fround(number(entry)) - Math.fround(value));
    return follow(byText.reduce((best, entry) => (distance(entry) < distance(best) ? entry : best)));
  }
  if (selector.selector === 'SelectVersion') {
    const first = rising.find((entry) => number(entry) >= value);
    return first === undefined ? failed('beyond') : follow(first);
  }
  const above = rising.find((entry) => number(entry) >= value) ?? rising.at(-1);
  const below = rising.filter((entry) => number(entry) <= value).at(-1) ?? rising[0];
  const pair = [below, above].map((entry) => (entry === undefined ? failed('empty') : follow(entry)));
  const bad = pair.find((answer) => 'failed' in answer);
  return bad ?? found(pair.map((answer) => ('file' in answer ? answer.file : null)));
}

function walkMatch(selector: Selector, given: string[], below: string[][], values: Values): Answer {
  const clauses = selector.entries.map((entry) => ({ entry, key: conditionKey(entry.key) }));
  clauses.sort((a, b) => compareText(a.key.join('\0'), b.key.join('\0')));
  for (const [at, value] of given.entries()) {
    const listed = clauses.flatMap(({ key }) => (key[at] ?? '').split('|'));
    const isOpen =
      clauses.some(({ key }) => /^(NOT|BETWEEN)|^[({#]/.test(key[at] ?? '')) ||
      listed.some((element) => ['*', 'N/A'].includes(element)) ||
      listed.length === 0;
    if (!isOpen && !listed.includes(value) && !['*', 'N/A'].includes(value)) return failed('not listed');
  }
  const scored = clauses
    .map(({ entry, key }) => ({
      entry,
      verdicts: key.map((element, at) => verdict(element, given[at] ?? '')),
    }))
    .filter(({ verdicts }) => !verdicts.includes(-1))
    .map(({ entry, verdicts }) => ({ entry, weight: verdicts.filter((one) => one === 1).length }));
  for (let weight = given.length; weight >= 0; weight--) {
    const group = scored.filter((one) => one.weight === weight).map(({ entry }) => entry);
    if (group.length === 0) continue;
    const answer = walkGroup(group, below, values);
    if (!('next' in answer && answer.next)) return answer;
  }
  return failed('no match', true);
}

function walkGroup(group: readonly Entry[], below: string[][], values: Values): Answer {
  const [first, ...others] = group;
  if (first === undefined) return failed('empty');
  if (others.length === 0) {
    return isSelector(first.value) ? walk(first.value, below, values) : found(first.value);
  }
  if (!isSelector(first.value)) {
    return group.some(({ value }) => isSelector(value))
      ? failed('mixed')
      : found(group.map(({ value }) => value));
  }
  const names: readonly SelectorName[] = ['UseAfter', 'ClosestTime', 'VersionAfter'];
  if (!names.includes(first.value.selector)) return failed('not mergeable');
  const merged = new Map<string, Entry>();
  for (const { value } of group) {
    if (!isSelector(value) || value.selector !== first.value.selector) return failed('mixed');
    for (const entry of value.entries) {
      const known = merged.get(String(entry.key));
      if (known && (isSelector(known.value) || isSelector(entry.value))) return failed('collision');
      if (known === undefined || String(entry.value) > String(known.value))
        merged.set(String(entry.key), entry);
    }
  }
  return walk({ selector: first.value.selector, entries: [...merged.values()] }, below, values);
}

function verdict(element: string, value: string): -1 | 0 | 1 {
  if (element === 'N/A') return 0;
  if (element.startsWith('NOT ')) return (-verdict(element.slice(4), value) || 0) as -1 | 0 | 1;
  if (value === '*') return 1;
  if (value === 'N/A') return 0;
  return takes(element, value) ? 1 : -1;
}

function takes(element: string, value: string): boolean {
  if (element.startsWith('(')) return new RegExp(`^(?:${element.slice(1, -1)})`).test(value);
  if (element.startsWith('{')) return value === element.slice(1, -1);
  const range = /^(?:BETWEEN (\S+) (\S+)|# >=(\S+) AND <(\S+) #)$/.exec(element);
  if (range !== null)
    return Number(value) >= Number(range[1] ?? range[3]) && Number(value) < Number(range[2] ?? range[4]);
  if (element.startsWith('>')) return Number(value) > Number(element.slice(1));
  const glob = (part: string): RegExp => new RegExp(`^${part.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  return element.split('|').some((part) => glob(part).test(value));
}

const elements = ['A', 'B', 'C', 1, 2.5, 'N/A', 'ANY', 'A|B', 'B | C|1', 'A*', '(A|C)', '{A|B}', '>1'];
const more = [
  'BETWEEN 1 2.5',
  '# >=1 AND <2 #',
  'NOT A',
  'NOT A|B',
  'NOT BETWEEN 1 2',
  'UNDEFINED',
  'n/a',
  'a',
];
const literal = (value: string | number): Literal =>
  typeof value === 'number' ? new NumberLiteral(String(value), value) : value;
const element = fc.constantFrom(...[...elements, ...more].map(literal));
const value = fc.constantFrom(
  'A',
  'B',
  'C',
  'AB',
  '1',
  '2',
  '2.5',
  'n/a',
  'any',
  'UNDEFINED',
  ' a ',
  'A|B',
  '1.5.2',
);
const date = fc.constantFrom(
  '2000-01-01 00:00:00',
  '2001-02-03 04:05:06',
  '2002-01-01 00:00:00',
  '2004-05-06 00:00:00',
);
const number = fc.constantFrom(...[1, 2, 2.5, 3, 10, 20].map(literal));
const version = fc.constantFrom('0.9', '0.10.1', '1', '1.5', '2.0.1');

function selectorOf(name: SelectorName, next: fc.Arbitrary<Entry['value']>): fc.Arbitrary<Selector> {
  const keys: Record<SelectorName, fc.Arbitrary<Literal>> = {
    Match: fc.tuple(element, element, element).map((items) => new Tuple(items)),
    UseAfter: date,
    ClosestTime: date,
    VersionAfter: version,
    SelectVersion: number,
    GeometricallyNearest: number,
    Bracket: number,
  };
  const entry = fc.record({ key: keys[name], value: next, line: fc.constant(0) });
  const identity = ({ key }: Entry): string => conditionKey(key).join('\0');
  return fc
    .uniqueArray(entry, { maxLength: name === 'Match' ? 40 : 5, selector: identity })
    .map((entries) => ({ selector: name, entries }));
}

const parametersOf: Record<SelectorName, string[]> = {
  Match: ['P1', 'P2', 'P3'],
  UseAfter: ['D', 'T'],
  ClosestTime: ['D', 'T'],
  VersionAfter: ['V'],
  SelectVersion: ['V'],
  GeometricallyNearest: ['N'],
  Bracket: ['N'],
};
const names = fc.constantFrom(...(Object.keys(parametersOf) as SelectorName[]));
const terminal = fc.constantFrom('a.fits', 'b.fits', 'c.fits', 'd.fits');

/** Trees whose levels are all of one kind each; now and then a branch ends early. */
const rules = fc
  .oneof(fc.constant<SelectorName[]>(['Match', 'UseAfter']), fc.array(names, { minLength: 1, maxLength: 3 }))
  .chain((kinds) =>
    kinds
      .reduceRight<fc.Arbitrary<Entry['value']>>((next, kind, depth) => {
        const level = selectorOf(kind, next);
        return depth === 0
          ? level
          : fc.oneof({ weight: 9, arbitrary: level }, { weight: 1, arbitrary: terminal });
      }, terminal)
      .map((selector) => ({ kinds, selector })),
  );
const header = fc.record({
  P1: value,
  P2: value,
  P3: value,
  N: value,
  V: value,
  D: fc.constantFrom('2000-01-01', '2001-02-03', '1999-01-01', '2003-03-03', 'UNDEFINED', 'never'),
  T: fc.constantFrom('00:00:00', '04:05:06', '04:05:05'),
});

it('lookups by index agree with walking through all entries', () => {
  let answers = 0;
  fc.assert(
    fc.property(rules, fc.array(header, { minLength: 1, maxLength: 12 }), ({ kinds, selector }, headers) => {
      if (typeof selector === 'string' || !isSelector(selector)) return;
      const levels = kinds.map((kind) => parametersOf[kind]);
      const parkey = new Tuple(levels.map((level) => new Tuple(level)));
      const written = new Map<string, Literal>([
        ['name', 'demo_cam_bias.rmap'],
        ['observatory', 'demo'],
        ['instrument', 'cam'],
        ['filekind', 'bias'],
        ['parkey', parkey],
      ]);
      const { rule } = compileRmap(mappingOf('rmap', written, null, selector));
      for (const raw of headers) {
        const values = Object.fromEntries(
          Object.entries(raw).map(([name, text]) => [name, conditionValue(text)]),
        );
        const outcome = rule.choose(new Header(new Map(Object.entries(values)), new Map()));
        const wanted = walk(selector, levels, values);
        if ('file' in wanted) answers++;
        const got = outcome instanceof Failure ? { failed: true, next: outcome.isLookup } : { file: outcome };
        expect(got).toEqual('failed' in wanted ? { ...wanted, failed: true } : wanted);
      }
    }),
    { numRuns: 2000 },
  );
  expect(answers).toBeGreaterThan(1000);
});

it('the order of the entries in the file decides nothing', () => {
  fc.assert(
    fc.property(selectorOf('Match', terminal), fc.array(header), ({ selector, entries }, headers) => {
      const compiled = [entries, [...entries].reverse()].map((ordered) => {
        const written = new Map<string, Literal>([
          ['name', 'demo_cam_bias.rmap'],
          ['parkey', new Tuple([new Tuple(['P1', 'P2', 'P3'])])],
        ]);
        return compileRmap(mappingOf('rmap', written, null, { selector, entries: ordered })).rule;
      });
      for (const raw of headers) {
        const values = Object.entries(raw).map(([name, text]) => [name, conditionValue(text)] as const);
        const [first, second] = compiled.map((rule) => rule.choose(new Header(new Map(values), new Map())));
        expect(first).toEqual(second);
      }
    }),
  );
});

it('rules that contradict themselves are refused, never half taken', () => {
  const twice = ['A|B', 'B | A'].map((key) => ({ key, value: 'a.fits', line: 3 }));
  const written = new Map<string, Literal>([['parkey', new Tuple([new Tuple(['P1'])])]]);
  const mapping = mappingOf('rmap', written, null, { selector: 'Match', entries: twice });
  expect(() => compileRmap(mapping)).toThrow(MappingError);
});
