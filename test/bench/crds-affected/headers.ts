import {
  Dict,
  isSelector,
  isSpecial,
  type Literal,
  type Mapping,
  type Selector,
  Tuple,
} from '../../../server/src/crds/rules/index.ts';
import { parameterLevels } from '../../../server/src/crds/rules/parameters.ts';
import { textOf } from '../../../server/src/crds/rules/python-text.ts';

/** A clause: values of parameters that lead to files, and the dates from which on. */
interface Clause {
  values: ReadonlyArray<readonly [name: string, value: string]>;
  dates: readonly string[];
}

interface InstrumentRules {
  name: string;
  /** Clauses by type. */
  types: ReadonlyArray<readonly Clause[]>;
}

/** Numbers that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Makes lines of datasets that walk the rules of a context: each follows a clause of one type, and clauses of the
 * other types for the parameters that are still open; the date lies somewhere between the first rules and the last.
 */
export function datasetLines(context: Mapping, read: (name: string) => Mapping): (count: number) => string[] {
  const random = seeded(20141118);
  const instruments = rulesOf(context, read);
  let made = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      const rules = pick(instruments, random);
      return lineOf(rules, `J${(made++).toString(36).padStart(8, '0').toUpperCase()}`, random);
    });
}

function lineOf({ name, types }: InstrumentRules, exposure: string, random: () => number): string {
  const header: Record<string, string> = { INSTRUME: name.toUpperCase() };
  const start = Math.floor(random() * types.length);
  let dates: readonly string[] = [];
  for (let turn = 0; turn < types.length; turn++) {
    const clause = pick(types[(start + turn) % types.length] as readonly Clause[], random);
    if (turn === 0) dates = clause.dates;
    for (const [parameter, value] of clause.values) header[parameter] ??= value;
  }
  const date = dateFor(dates, random);
  header['DATE-OBS'] = date.slice(0, 10);
  header['TIME-OBS'] = date.slice(11, 19);
  // Every third exposure belongs to a product with others.
  const product = random() < 0.33 ? `${exposure.slice(0, 7)}00` : exposure;
  return JSON.stringify({ id: `${product}:${exposure}`, instrument: name, header, date });
}

const first = Date.UTC(1993, 0, 1);
const last = Date.UTC(2015, 5, 1);

/** Half of them within a year after a rule's date, the others anywhere. */
function dateFor(dates: readonly string[], random: () => number): string {
  const near =
    dates.length > 0 && random() < 0.5 ? Date.parse(`${pick(dates, random).replace(' ', 'T')}Z`) : Number.NaN;
  const from = Number.isNaN(near) || near < first || near > last ? first + random() * (last - first) : near;
  return new Date(from + random() * 365 * 86_400_000).toISOString().slice(0, 19);
}

function pick<T>(all: readonly T[], random: () => number): T {
  return all[Math.floor(random() * all.length)] as T;
}

function rulesOf(context: Mapping, read: (name: string) => Mapping): InstrumentRules[] {
  return namesIn(context).flatMap(([instrument, imap]) => {
    const types = namesIn(read(imap)).map(([, rmap]) => clausesOf(read(rmap)));
    const usable = types.filter((clauses) => clauses.length > 0);
    return usable.length === 0 ? [] : [{ name: instrument.toLowerCase(), types: usable }];
  });
}

function namesIn({ selector }: Mapping): Array<[string, string]> {
  if (!(selector instanceof Dict)) return [];
  return selector.entries
    .map(([key, value]): [string, string] => [textOf(key), textOf(value)])
    .filter(([, name]) => !isSpecial(name));
}

function clausesOf(rmap: Mapping): Clause[] {
  const clauses: Clause[] = [];
  if (isSelector(rmap.selector)) collect(rmap.selector, parameterLevels(rmap), [], clauses);
  return clauses;
}

function collect(
  { selector, entries }: Selector,
  [names = [], ...below]: readonly (readonly string[])[],
  values: Clause['values'],
  clauses: Clause[],
): void {
  if (selector === 'UseAfter') {
    clauses.push({ values, dates: entries.map(({ key }) => textOf(key)) });
    return;
  }
  for (const { key, value } of entries) {
    const chosen = [...values, ...valuesOf(key, names)];
    if (isSelector(value)) collect(value, below, chosen, clauses);
    else clauses.push({ values: chosen, dates: [] });
  }
}

/** One member of each or-set; what stands for any value is left open. */
function valuesOf(key: Literal, names: readonly string[]): Clause['values'] {
  const items = key instanceof Tuple ? key.items : [key];
  return names.flatMap((name, at) => {
    const text =
      textOf(items[at] ?? '')
        .split('|')[0]
        ?.trim() ?? '';
    return text === '' || /[*{}()#<>]|^N\/A$|^BETWEEN|^NOT /.test(text)
      ? []
      : [[name.toUpperCase(), text] as const];
  });
}
