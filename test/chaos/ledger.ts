/** What is kept while things are killed: facts for people, and whatever may not be. */
export class Ledger {
  readonly #violations: string[] = [];
  readonly #started = performance.now();

  get isClean(): boolean {
    return this.#violations.length === 0;
  }

  /** Something that happened, with its second. */
  note(what: string): void {
    const seconds = (performance.now() - this.#started) / 1000;
    console.log(`${seconds.toFixed(1).padStart(7)} s  ${what}`);
  }

  fact(what: string, value: number | string): void {
    console.log(`  ${what.padEnd(68)} ${typeof value === 'number' ? value.toLocaleString('en') : value}`);
  }

  /** A number that has to be what it has to be. */
  demand(what: string, value: number, expected: number): void {
    const isRight = value === expected;
    if (!isRight) this.violation(`${what}: ${value} instead of ${expected}`);
    this.fact(what, isRight ? value : `${value}   VIOLATION: ${expected} expected`);
  }

  violation(what: string): void {
    this.#violations.push(what);
    this.note(`VIOLATION: ${what}`);
  }

  print(): void {
    if (this.isClean) console.log('\nnothing was lost, nothing was done twice');
    else
      console.log(
        `\n${this.#violations.length} violations:\n${this.#violations.map((line) => `  ${line}`).join('\n')}`,
      );
  }
}
