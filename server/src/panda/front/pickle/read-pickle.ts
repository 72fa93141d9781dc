import { PickleBytes } from './bytes.ts';
import { made, nameOf, specOf } from './names.ts';
import { type Pickled, PickleError, SpecObject } from './values.ts';

/** The largest body there is. */
const mostBytes = 16 * 1024 * 1024;
/** 5,000 jobs with three files each, as panda-client pickles them, have 4.7 MB. */
const mostSteps = 4_000_000;

/**
 * Reads a pickle of the protocols 0 to 5 without running anything: values, instants, and jobs and files as lists of
 * values. Time and memory grow with the bytes, whatever they say; what stands in the result several times is there
 * once, and may hold itself, so take it apart by `plainOf` only. Throws PickleError.
 */
export function readPickle(bytes: Buffer): Pickled {
  if (bytes.length > mostBytes) throw new PickleError(`A pickle may have ${mostBytes} bytes.`);
  const reading = new Reading(bytes);
  for (let count = 0; count < mostSteps; count++) {
    const code = reading.bytes.next();
    if (code === stop) return reading.pop();
    const step = steps[code];
    if (step === undefined) {
      throw new PickleError(
        `The pickle has the opcode 0x${code.toString(16).padStart(2, '0')}, which is not taken.`,
      );
    }
    step(reading);
  }
  throw new PickleError(`A pickle may take ${mostSteps} steps.`);
}

class Reading {
  readonly bytes: PickleBytes;
  readonly memo = new Map<number, Pickled>();
  readonly #stack: Pickled[] = [];
  readonly #marks: number[] = [];

  constructor(bytes: Buffer) {
    this.bytes = new PickleBytes(bytes);
  }

  push(value: Pickled): void {
    this.#stack.push(value);
  }

  pop(): Pickled {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw nothingThere();
    return this.#stack.pop() as Pickled;
  }

  top(): Pickled {
    const value = this.#stack.at(-1);
    if (value === undefined) throw nothingThere();
    return value;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  sinceMark(): Pickled[] {
    const start = this.#marks.pop();
    if (start === undefined) throw nothingThere();
    return this.#stack.splice(start);
  }

  last(count: number): Pickled[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  keep(place: number): void {
    this.memo.set(place, this.top());
  }

  recall(place: number): void {
    const value = this.memo.get(place);
    if (value === undefined) throw new PickleError('The pickle names a value that was not kept.');
    this.push(value);
  }
}

function nothingThere(): PickleError {
  return new PickleError('The pickle takes a value where there is none.');
}

function appendTo(list: Pickled, values: readonly Pickled[]): void {
  if (!Array.isArray(list)) throw new PickleError('The pickle appends to something that is no list.');
  for (const value of values) list.push(value);
}

function setItems(map: Pickled, items: readonly Pickled[]): void {
  if (!(map instanceof Map) || items.length % 2 !== 0) {
    throw new PickleError('The pickle sets an entry of something that is no dictionary.');
  }
  for (let n = 0; n < items.length; n += 2) map.set(items[n] as Pickled, items[n + 1] as Pickled);
}

function dictOf(items: readonly Pickled[]): Map<Pickled, Pickled> {
  const map = new Map<Pickled, Pickled>();
  setItems(map, items);
  return map;
}

function addTo(set: Pickled, values: readonly Pickled[]): void {
  if (!(set instanceof Set)) throw new PickleError('The pickle adds to something that is no set.');
  for (const value of values) set.add(value);
}

function build(spec: Pickled, state: Pickled): void {
  if (!(spec instanceof SpecObject) || !Array.isArray(state)) {
    throw new PickleError('The pickle gives values to something that is neither a job nor a file.');
  }
  spec.state = state;
}

function place(text: string): number {
  if (!/^\d{1,10}$/.test(text))
    throw new PickleError('The pickle keeps a value in a place that is no number.');
  return Number(text);
}

function named(module: Pickled, name: Pickled): Pickled {
  if (typeof module !== 'string' || typeof name !== 'string') throw nothingThere();
  return nameOf(module, name);
}

type Step = (reading: Reading) => void;
const stop = 0x2e;

/** The letters and numbers of Python's `pickletools`; what is missing is refused. */
const steps: ReadonlyArray<Step | undefined> = tableOf({
  '(': (r) => r.mark(),
  '0': (r) => void r.pop(),
  '1': (r) => void r.sinceMark(),
  '2': (r) => r.push(r.top()),
  N: (r) => r.push(null),
  I: (r) => r.push(r.bytes.decimal()),
  L: (r) => r.push(r.bytes.decimal()),
  J: (r) => r.push(r.bytes.binary(4)),
  K: (r) => r.push(r.bytes.next()),
  M: (r) => r.push(r.bytes.length(2)),
  F: (r) => r.push(r.bytes.float()),
  G: (r) => r.push(r.bytes.take(8).readDoubleBE()),
  S: (r) => r.push(r.bytes.quotedLine()),
  T: (r) => r.push(r.bytes.take(r.bytes.length(4)).toString('latin1')),
  U: (r) => r.push(r.bytes.take(r.bytes.length(1)).toString('latin1')),
  V: (r) => r.push(r.bytes.escapedLine()),
  X: (r) => r.push(r.bytes.take(r.bytes.length(4)).toString('utf8')),
  B: (r) => r.push(r.bytes.take(r.bytes.length(4))),
  C: (r) => r.push(r.bytes.take(r.bytes.length(1))),
  ']': (r) => r.push([]),
  l: (r) => r.push(r.sinceMark()),
  a: (r) => {
    const value = r.pop();
    appendTo(r.top(), [value]);
  },
  e: (r) => {
    const values = r.sinceMark();
    appendTo(r.top(), values);
  },
  ')': (r) => r.push([]),
  t: (r) => r.push(r.sinceMark()),
  '}': (r) => r.push(new Map()),
  d: (r) => r.push(dictOf(r.sinceMark())),
  s: (r) => {
    const items = r.last(2);
    setItems(r.top(), items);
  },
  u: (r) => {
    const items = r.sinceMark();
    setItems(r.top(), items);
  },
  c: (r) => r.push(nameOf(r.bytes.line(), r.bytes.line())),
  R: (r) => {
    const args = r.pop();
    r.push(made(r.pop(), args));
  },
  b: (r) => {
    const state = r.pop();
    build(r.top(), state);
  },
  p: (r) => r.keep(place(r.bytes.line())),
  q: (r) => r.keep(r.bytes.next()),
  r: (r) => r.keep(r.bytes.length(4)),
  g: (r) => r.recall(place(r.bytes.line())),
  h: (r) => r.recall(r.bytes.next()),
  j: (r) => r.recall(r.bytes.length(4)),
  // A protocol, a new object, small tuples, truth values, long numbers: protocol 2.
  '\x80': (r) => protocol(r.bytes.next()),
  '\x81': (r) => {
    const args = r.pop();
    r.push(specOf(r.pop(), Array.isArray(args) && args.length === 0));
  },
  '\x85': (r) => r.push(r.last(1)),
  '\x86': (r) => r.push(r.last(2)),
  '\x87': (r) => r.push(r.last(3)),
  '\x88': (r) => r.push(true),
  '\x89': (r) => r.push(false),
  '\x8a': (r) => r.push(r.bytes.binary(r.bytes.length(1))),
  '\x8b': (r) => r.push(r.bytes.binary(r.bytes.length(4))),
  // Texts and bytes with other lengths, sets, names from the stack, the memo, frames: protocol 4.
  '\x8c': (r) => r.push(r.bytes.take(r.bytes.length(1)).toString('utf8')),
  '\x8d': (r) => r.push(r.bytes.take(r.bytes.length(8)).toString('utf8')),
  '\x8e': (r) => r.push(r.bytes.take(r.bytes.length(8))),
  '\x8f': (r) => r.push(new Set()),
  '\x90': (r) => {
    const values = r.sinceMark();
    addTo(r.top(), values);
  },
  '\x91': (r) => r.push(new Set(r.sinceMark())),
  '\x93': (r) => {
    const name = r.pop();
    r.push(named(r.pop(), name));
  },
  '\x94': (r) => r.keep(r.memo.size),
  '\x95': (r) => void r.bytes.length(8),
});

function protocol(version: number): void {
  if (version > 5) throw new PickleError(`Pickles of protocol ${version} are not known.`);
}

function tableOf(entries: Readonly<Record<string, Step>>): Array<Step | undefined> {
  const table = Array.from<Step | undefined>({ length: 256 });
  for (const [sign, step] of Object.entries(entries)) table[sign.charCodeAt(0)] = step;
  return table;
}
