import { instantOf } from '../datasets/exposure-date.ts';
import { isAbsent } from '../datasets/header-text.ts';
import { Context } from '../rules/context.ts';
import { type Mapping, readMapping } from '../rules/index.ts';
import type { Instrument } from '../rules/instrument.ts';
import type { Change, ComparisonWork, PieceResult } from './compare.thread.ts';
import { type Dependence, dependenceOf, type SideRules } from './dependence.ts';
import { DatesOfRow, OutcomeMemo, type Values } from './type-comparison.ts';
import { isChange, shownVerdict, type Verdict, verdictOf } from './verdict.ts';

/** Outcomes that are no change; the others are numbers of changes from 0 on, doubled, odd when the new one is an error. */
const same = -2;
const sameError = -1;

const mostErrorLines = 5;
const longestErrorLine = 300;

interface ComparedType {
  readonly name: string;
  /** Exposures before this day since 1970 get the same from both contexts. */
  readonly sinceDay: number;
  readonly memo: OutcomeMemo;
}

/** The rules of one instrument in two contexts, asked for one dataset after the other. */
export class InstrumentComparison {
  private readonly old: Instrument | null;
  private readonly current: Instrument | null;
  private readonly types: readonly ComparedType[];
  /** Parameters that lookups need, with their places in headers. */
  private readonly wanted: ReadonlyArray<readonly [name: string, place: number]>;
  private readonly changes: Change[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly instrumentName: string;
  /** Whether both contexts reduce a header to the same parameters. */
  private readonly hasOneHeader: boolean;

  private constructor(work: ComparisonWork, sides: readonly [Side, Side]) {
    this.instrumentName = work.instrument;
    [this.old, this.current] = [sides[0].instrument, sides[1].instrument];
    const [oldRequired, newRequired] = sides.map(({ instrument }) => instrument?.required.join('\n'));
    this.hasOneHeader = oldRequired === newRequired;
    const placeOf = new Map(work.places.map((name, place) => [name, place]));
    const required = new Set(sides.flatMap(({ instrument }) => instrument?.required ?? []));
    const upper = [...required].map((name) => name.toUpperCase());
    this.wanted = upper.flatMap((name) => {
      const place = placeOf.get(name);
      return place === undefined ? [] : [[name, place] as const];
    });
    this.types = work.types.map(({ type: name, since }) => {
      const dependence: Dependence = dependenceOf(
        sides.flatMap((side) => side.rulesOf(name)),
        upper,
      );
      return { name, sinceDay: dayOf(since), memo: new OutcomeMemo(dependence, placeOf) };
    });
  }

  /** Reads and compiles the rules of both sides. Throws MappingError. */
  static async open(work: ComparisonWork): Promise<InstrumentComparison> {
    const mappings = new Map<string, Mapping>();
    const read = (name: string): Mapping => {
      const known = mappings.get(name);
      if (known !== undefined) return known;
      const text = work.texts.get(name);
      if (text === undefined) throw new Error(`the text of ${name} is missing`);
      const mapping = readMapping(text, { name, ignoreSum: true });
      mappings.set(name, mapping);
      return mapping;
    };
    const side = (context: string) => openSide(context, work.instrument, read, mappings);
    return new InstrumentComparison(work, [await side(work.oldContext), await side(work.newContext)]);
  }

  forget(): void {
    for (const { memo } of this.types) memo.forget();
  }

  begin(): Piece {
    return new Piece(this.types, (values, types) => this.compare(values, types), this.changes);
  }

  /** Outcomes for types of one dataset, and the texts of errors. */
  private compare(values: Values, types: readonly ComparedType[]): { outcomes: number[]; errors: string[] } {
    const raw = new Map<string, string>();
    for (const [name, place] of this.wanted) {
      const value = values[place];
      if (value !== undefined && !isAbsent(value)) raw.set(name, value);
    }
    const oldHeader = this.old?.headerOf(raw) ?? null;
    const newHeader = this.hasOneHeader ? oldHeader : (this.current?.headerOf(raw) ?? null);
    const errors: string[] = [];
    const outcomes = types.map(({ name }) => {
      const old = verdictOf(this.old, name, oldHeader);
      const current = verdictOf(this.current, name, newHeader);
      if (current.kind === 'error') errors.push(`${this.instrumentName} ${name}: ${current.text}`);
      if (!isChange(old, current)) return current.kind === 'error' ? sameError : same;
      return this.numberOf(name, old, current) * 2 + (current.kind === 'error' ? 1 : 0);
    });
    return { outcomes, errors };
  }

  private numberOf(type: string, old: Verdict, current: Verdict): number {
    const change: Change = [type, shownVerdict(old), shownVerdict(current)];
    const key = change.join('\n');
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.changes.length);
    return this.changes.push(change) - 1;
  }
}

function dayOf(since: string | null): number {
  const instant = since === null ? null : instantOf(since);
  return instant === null ? Number.NEGATIVE_INFINITY : Math.floor(instant.getTime() / 86_400_000);
}

interface Side {
  instrument: Instrument | null;
  rulesOf(type: string): SideRules[];
}

async function openSide(
  name: string,
  instrumentName: string,
  read: (name: string) => Mapping,
  mappings: ReadonlyMap<string, Mapping>,
): Promise<Side> {
  const context = await Context.open(name, { read });
  if (!context.instruments.includes(instrumentName)) return { instrument: null, rulesOf: () => [] };
  const instrument = await context.load(instrumentName);
  return {
    instrument,
    rulesOf(type) {
      const rmap = instrument.types.get(type);
      if (rmap === undefined || typeof rmap === 'string') return [];
      const mapping = mappings.get(rmap.name) ?? read(rmap.name);
      return [{ mapping, rmap }];
    },
  };
}

type Compare = (values: Values, types: readonly ComparedType[]) => { outcomes: number[]; errors: string[] };

/** The results of one piece of datasets. */
class Piece {
  private readonly types: readonly ComparedType[];
  private readonly compare: Compare;
  private readonly allChanges: readonly Change[];
  private readonly dates = new DatesOfRow();
  private readonly used = new Map<number, number>();
  private readonly result: PieceResult = { looked: 0, errors: 0, errorLines: [], changes: [], rows: [] };

  constructor(types: readonly ComparedType[], compare: Compare, changes: readonly Change[]) {
    this.types = types;
    this.compare = compare;
    this.allChanges = changes;
  }

  add(datasetId: number, day: number, values: Values): void {
    this.result.looked += 1;
    this.dates.clear();
    const found: number[] = [];
    let unknown: Array<{ type: ComparedType; key: string }> | undefined;
    for (const type of this.types) {
      if (day < type.sinceDay) continue;
      const key = type.memo.keyOf(values, this.dates);
      const outcome = type.memo.get(key);
      if (outcome === undefined) {
        unknown ??= [];
        unknown.push({ type, key });
      } else this.note(outcome, found);
    }
    if (unknown !== undefined) this.ask(values, unknown, found);
    if (found.length > 0) this.result.rows.push([datasetId, day, found]);
  }

  end(): PieceResult {
    return this.result;
  }

  private ask(
    values: Values,
    unknown: ReadonlyArray<{ type: ComparedType; key: string }>,
    found: number[],
  ): void {
    const { outcomes, errors } = this.compare(
      values,
      unknown.map(({ type }) => type),
    );
    for (const [at, { type, key }] of unknown.entries()) {
      const outcome = outcomes[at] as number;
      type.memo.set(key, outcome);
      this.note(outcome, found);
    }
    const { errorLines } = this.result;
    for (const text of errors) {
      if (errorLines.length < mostErrorLines) errorLines.push(text.slice(0, longestErrorLine));
    }
  }

  private note(outcome: number, found: number[]): void {
    if (outcome === same) return;
    if (outcome === sameError) {
      this.result.errors += 1;
      return;
    }
    if (outcome % 2 === 1) this.result.errors += 1;
    found.push(this.placeOf(outcome >> 1));
  }

  /** The number of a change among those of this piece. */
  private placeOf(change: number): number {
    const known = this.used.get(change);
    if (known !== undefined) return known;
    const place = this.result.changes.push(this.allChanges[change] as Change) - 1;
    this.used.set(change, place);
    return place;
  }
}
