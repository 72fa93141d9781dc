import { reformatDate } from '../rules/dates.ts';
import { conditionValue } from '../rules/values.ts';
import type { Dependence } from './dependence.ts';

/** The values of a dataset by place, as splitHeader gives them. */
export type Values = readonly string[];

/** What a comparison remembers at most, over all types of a thread. */
const mostRemembered = 400_000;
let remembered = 0;

/**
 * Outcomes of one type's comparison by what they depend on: many datasets differ in the date alone, and few dates
 * matter. The outcome is a number of the caller's.
 */
export class OutcomeMemo {
  private readonly places: readonly number[];
  private readonly datePlaces: readonly number[];
  private readonly dates: readonly string[];
  private readonly outcomes = new Map<string, number>();

  constructor(dependence: Dependence, placeOf: ReadonlyMap<string, number>) {
    // A parameter that no header has is the same for all.
    const places = (names: Iterable<string>): number[] =>
      [...names].map((name) => placeOf.get(name) ?? -1).filter((place) => place >= 0);
    this.places = places(dependence.parameters);
    this.datePlaces = dependence.dateParameters.map((name) => placeOf.get(name) ?? -1);
    this.dates = dependence.dates;
  }

  /** What the outcome for a dataset depends on, as one text. `dates` is shared by the types of one dataset. */
  keyOf(values: Values, dates: DatesOfRow): string {
    let key = '';
    for (const place of this.places) key += `${values[place] ?? '\u001e'}\u001f`;
    if (this.datePlaces.length === 0) return key;
    const date = dates.at(this.datePlaces, values);
    return key + (date.isPlain ? countUpTo(this.dates, date.text) : date.text);
  }

  get(key: string): number | undefined {
    return this.outcomes.get(key);
  }

  set(key: string, outcome: number): void {
    if (remembered >= mostRemembered) {
      remembered -= this.outcomes.size;
      this.outcomes.clear();
    }
    if (remembered < mostRemembered) {
      this.outcomes.set(key, outcome);
      remembered += 1;
    }
  }

  forget(): void {
    remembered -= this.outcomes.size;
    this.outcomes.clear();
  }
}

interface RowDate {
  text: string;
  /** Whether `text` is in the form that sorts; otherwise the values themselves. */
  isPlain: boolean;
}

/** Dates of one row, each read once. */
export class DatesOfRow {
  private places: readonly number[] = [];
  private known: RowDate | undefined;

  at(places: readonly number[], values: Values): RowDate {
    if (this.known !== undefined && isSame(this.places, places)) return this.known;
    this.places = places;
    this.known = readDate(places, values);
    return this.known;
  }

  /** For the next row. */
  clear(): void {
    this.known = undefined;
  }
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((place, at) => place === b[at]);
}

const day = /^\d{4}-\d\d-\d\d$/;
const time = /^\d\d:\d\d:\d\d(?:\.\d{1,6})?$/;

/** Only the usual form is read; anything else counts by its values, so that no rule of dates is told here again. */
function readDate(places: readonly number[], values: Values): RowDate {
  const texts = places.map((place) => values[place] ?? '\u001e');
  const [first = '', second] = texts;
  const isUsual = day.test(first) && (second === undefined || (texts.length === 2 && time.test(second)));
  if (isUsual) {
    try {
      const text = reformatDate(texts.map((value) => conditionValue(value)).join(' '));
      return { text, isPlain: true };
    } catch {
      // a day that the calendar does not have
    }
  }
  return { text: `\u001d${texts.join('\u001f')}`, isPlain: false };
}

/** How many of the sorted texts are not after `text`. */
function countUpTo(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) <= text) low = middle + 1;
    else high = middle;
  }
  return low;
}
