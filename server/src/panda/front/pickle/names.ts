import { type Meaning, Name, type Pickled, PickleError, SpecObject } from './values.ts';

/** Modules in which clients have the two classes (panda-client 1.5 says the second, older ones the first). */
const specModules = ['taskbuffer', 'pandaserver.taskbuffer', 'pandaclient'];

const meanings = new Map<string, Meaning>([
  ...['copy_reg', 'copyreg'].flatMap(
    (module): Array<[string, Meaning]> => [
      [`${module} _reconstructor`, 'reconstructor'],
      [`${module} __newobj__`, 'new-object'],
    ],
  ),
  ...['__builtin__', 'builtins'].flatMap(
    (module): Array<[string, Meaning]> => [
      [`${module} object`, 'object'],
      [`${module} set`, 'set'],
      [`${module} frozenset`, 'set'],
      [`${module} bytes`, 'bytes'],
    ],
  ),
  ['_codecs encode', 'encode'],
  ['datetime datetime', 'datetime'],
  ...specModules.flatMap(
    (module): Array<[string, Meaning]> => [
      [`${module}.JobSpec JobSpec`, 'JobSpec'],
      [`${module}.FileSpec FileSpec`, 'FileSpec'],
    ],
  ),
]);

/** What a pickle means by a global name. Nothing but what stands above means anything. */
export function nameOf(module: string, name: string): Name {
  const meaning = meanings.get(`${module} ${name}`);
  if (meaning !== undefined) return new Name(meaning);
  const shown = `${module}.${name}`.replace(/[^\w.]/g, '?').slice(0, 100);
  throw new PickleError(`The pickle names ${shown}; it may hold values, instants, jobs and files only.`);
}

/** What stands for the call that a pickle asks for. */
export function made(what: Pickled, args: Pickled): Pickled {
  if (!(what instanceof Name) || !Array.isArray(args)) throw unmade('something that cannot be called');
  const [first] = args;
  switch (what.meaning) {
    case 'reconstructor':
      return specOf(first, args.length === 3 && isObject(args[1]) && args[2] === null);
    case 'new-object':
      return specOf(first, args.length === 1);
    case 'set':
      if (args.length === 0) return new Set();
      if (args.length !== 1 || !Array.isArray(first)) throw unmade('a set of something else than a list');
      return new Set(first);
    case 'bytes':
      if (args.length !== 0) throw unmade('bytes of something');
      return Buffer.alloc(0);
    case 'encode':
      if (typeof first !== 'string' || !/^latin-?1$/.test(String(args[1]))) throw unmade('an encoded text');
      return Buffer.from(first, 'latin1');
    case 'datetime':
      return instantOf(args);
    case 'object':
    case 'JobSpec':
    case 'FileSpec':
      throw unmade('an object by a call');
  }
}

/** A new job or file, whose values follow. */
export function specOf(kind: Pickled | undefined, isFitting: boolean): SpecObject {
  if (isFitting && kind instanceof Name && (kind.meaning === 'JobSpec' || kind.meaning === 'FileSpec')) {
    return new SpecObject(kind.meaning);
  }
  throw unmade('an object that is neither a job nor a file');
}

function isObject(value: Pickled | undefined): boolean {
  return value instanceof Name && value.meaning === 'object';
}

/** A datetime without a zone, which PanDA means in UTC: its ten bytes, or year to microsecond. */
function instantOf(args: readonly Pickled[]): Date {
  const [first] = args;
  const packed = typeof first === 'string' ? Buffer.from(first, 'latin1') : first;
  const parts = Buffer.isBuffer(packed) && args.length === 1 ? unpacked(packed) : args;
  const [year, month, day, hour = 0, minute = 0, second = 0, microsecond = 0, ...more] = parts.map(Number);
  if (year === undefined || month === undefined || day === undefined || more.length > 0) {
    throw unmade('an instant with a zone, or none at all');
  }
  const instant = new Date(0);
  instant.setUTCFullYear(year, month - 1, day);
  instant.setUTCHours(hour, minute, second, Math.floor(microsecond / 1000));
  const isSame = instant.getUTCMonth() === month - 1 && instant.getUTCDate() === day;
  if (!isSame || year < 1 || year > 9999 || hour > 23) throw unmade('an instant that there is not');
  return instant;
}

function unpacked(bytes: Buffer): number[] {
  if (bytes.length !== 10) throw unmade('an instant that is not ten bytes long');
  return [bytes.readUInt16BE(0), ...bytes.subarray(2, 7), bytes.readUIntBE(7, 3)];
}

function unmade(what: string): PickleError {
  return new PickleError(`The pickle makes ${what}; no client of PanDA does.`);
}
