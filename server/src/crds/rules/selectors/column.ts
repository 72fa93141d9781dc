import { type Element, judge } from '../element.ts';
import { atOnce, type Steps } from '../steps.ts';

/**
 * How all clauses of a Match take one value of one parameter: two sets of clauses as bits, 32 to a word. `bits` holds
 * first the clauses that the value leaves in (match or don't care), then those that it matches.
 */
export type Column = Int32Array;

/** Clauses that are entered in one step. */
const clausesOfStep = 1024;

/** The key elements at one position of a Match, searchable by value. */
export class Position {
  private readonly elements: readonly Element[];
  private readonly words: number;
  /** Clauses that a value matches exactly, by value. */
  private readonly exact = new Map<string, number[]>();
  private readonly asked: number[] = [];
  /** Of values that the rules name: found once, kept. */
  private readonly columns = new Map<string, Column>();
  /** Of all values that the rules do not name, as far as no clause has to be asked. */
  private unnamed: Column | undefined;
  /** Of other values, when some clauses have to be asked; bounded. */
  private others = new Map<string, Column>();

  private constructor(elements: readonly Element[]) {
    this.elements = elements;
    this.words = (elements.length + 31) >>> 5;
  }

  static of(elements: readonly Element[]): Position {
    return atOnce(Position.making(elements));
  }

  /** The same in steps. */
  static *making(elements: readonly Element[]): Steps<Position> {
    const position = new Position(elements);
    for (let from = 0; from < elements.length; from += clausesOfStep) {
      position.add(from, Math.min(from + clausesOfStep, elements.length));
      yield;
    }
    return position;
  }

  private add(from: number, to: number): void {
    for (let clause = from; clause < to; clause++) {
      const element = this.elements[clause];
      if (element === undefined) continue;
      if (element.kind === 'asked') this.asked.push(clause);
      if (element.kind !== 'values') continue;
      for (const value of element.values) {
        const clauses = this.exact.get(value);
        if (clauses === undefined) this.exact.set(value, [clause]);
        else if (clauses.at(-1) !== clause) clauses.push(clause);
      }
    }
  }

  columnOf(value: string): Column {
    const known = this.columns.get(value) ?? this.others.get(value);
    if (known !== undefined) return known;
    if (value === '*' || value === 'N/A') return this.keep(value, this.judged(value));
    if (this.exact.has(value)) return this.keep(value, this.named(value));
    this.unnamed ??= this.named(null);
    if (this.asked.length === 0) return this.unnamed;
    const column = this.unnamed.slice();
    this.ask(column, value);
    if (value.length <= 64) {
      if (this.others.size >= 256) this.others = new Map();
      this.others.set(value, column);
    }
    return column;
  }

  private keep(value: string, column: Column): Column {
    this.columns.set(value, column);
    return column;
  }

  private judged(value: string): Column {
    const column = new Int32Array(this.words * 2);
    for (const [clause, element] of this.elements.entries()) this.note(column, clause, judge(element, value));
    return column;
  }

  private named(value: string | null): Column {
    const column = new Int32Array(this.words * 2);
    for (const [clause, element] of this.elements.entries()) {
      if (element.kind === 'anything') this.note(column, clause, 1);
      else if (element.kind === 'indifferent') this.note(column, clause, 0);
    }
    if (value !== null) {
      for (const clause of this.exact.get(value) ?? []) this.note(column, clause, 1);
      this.ask(column, value);
    }
    return column;
  }

  private ask(column: Column, value: string): void {
    for (const clause of this.asked) {
      const element = this.elements[clause];
      if (element !== undefined) this.note(column, clause, judge(element, value));
    }
  }

  private note(column: Column, clause: number, verdict: -1 | 0 | 1): void {
    if (verdict < 0) return;
    const word = clause >>> 5;
    const bit = 1 << (clause & 31);
    column[word] = (column[word] ?? 0) | bit;
    if (verdict === 1) column[this.words + word] = (column[this.words + word] ?? 0) | bit;
  }
}
