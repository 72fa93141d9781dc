import { isFileName } from '../catalogue/file-name.ts';
import { isMappingName, parseContextSpec } from '../rules/index.ts';
import { quoted, rpcRefused } from './refused.ts';

/** One argument of a method: how it is called for people, and how a value becomes one. */
export interface Parameter<T> {
  readonly type: string;
  /** Refuses what it cannot take, `null` included unless it stands for something. */
  read(value: unknown, name: string): T;
}

/** A text of a form, or of any. */
export function text(type: string, form?: { test(value: string): boolean }): Parameter<string> {
  return {
    type,
    read(value, name) {
      if (value === null) throw rpcRefused(`${name} is needed.`);
      if (typeof value !== 'string') throw rpcRefused(`${name} must be a text.`);
      if (form?.test(value) === false) throw rpcRefused(`${name} ${quoted(value)} is no ${type}.`);
      return value;
    },
  };
}

/** The same or null, which is also what a missing argument is. */
export function orNull<T>(parameter: Parameter<T>): Parameter<T | null> {
  return {
    type: `${parameter.type} or null`,
    read: (value, name) => (value === null ? null : parameter.read(value, name)),
  };
}

/** A list, each of which is read. */
export function listOf<T>(parameter: Parameter<T>, most: number): Parameter<T[]> {
  return {
    type: `list of at most ${most}: ${parameter.type}`,
    read(value, name) {
      if (value === null) throw rpcRefused(`${name} is needed.`);
      if (!Array.isArray(value)) throw rpcRefused(`${name} must be a list.`);
      if (value.length > most) {
        throw rpcRefused(`${name} has ${value.length} entries; one call may have ${most}.`);
      }
      return value.map((one: unknown) => parameter.read(one, `each of ${name}`));
    },
  };
}

/** What Python takes for false is false. */
export const flag: Parameter<boolean> = {
  type: 'true or false',
  read: (value) => value !== null && value !== false && value !== 0 && value !== '',
};

const mostFields = 20_000;
const longestValue = 65_536;

/** The header of a dataset: parameters and their values. */
export const header: Parameter<Readonly<Record<string, unknown>>> = {
  type: 'object of parameters',
  read(value, name) {
    if (value === null) throw rpcRefused(`${name} is needed.`);
    if (typeof value !== 'object' || Array.isArray(value)) throw rpcRefused(`${name} must be an object.`);
    let fields = 0;
    for (const key in value) {
      if (++fields > mostFields) throw rpcRefused(`${name} may have ${mostFields} parameters.`);
      const one = (value as Record<string, unknown>)[key];
      if (typeof one === 'object' && one !== null) {
        throw rpcRefused(`The value of ${quoted(key)} in ${name} must be a text or a number.`);
      }
      if (key.length > longestValue || (typeof one === 'string' && one.length > longestValue)) {
        throw rpcRefused(`Names and values in ${name} may have ${longestValue} characters.`);
      }
    }
    return value as Record<string, unknown>;
  },
};

/** Several headers by id. */
export function headers(most: number): Parameter<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  return {
    type: `object of at most ${most} headers by id`,
    read(value, name) {
      if (value === null) throw rpcRefused(`${name} is needed.`);
      if (typeof value !== 'object' || Array.isArray(value)) throw rpcRefused(`${name} must be an object.`);
      const entries = Object.entries(value);
      if (entries.length > most) {
        throw rpcRefused(`${name} has ${entries.length} headers; one call may have ${most}.`);
      }
      return new Map(entries.map(([id, one]) => [id, header.read(one, `the header of ${quoted(id)}`)]));
    },
  };
}

/** Name of a context or another mapping, symbolic and dated names included. */
export const context = text('mapping or context', {
  test: (name) => isMappingName(name) || parseContextSpec(name) !== undefined,
});
export const fileName = text('file name', { test: isFileName });
export const instrument = text('instrument', /^[A-Za-z][A-Za-z0-9]{1,16}$/);
export const datasetId = text('dataset id', /^[A-Za-z0-9.:+_-]{1,128}$/);
/** Files by the signs of a shell: `*`, `?`, `[…]`. */
export const glob = text('pattern', /^[^\0/]{1,128}$/);
export const observatoryName = text('observatory', /^[A-Za-z]{2,9}$/);
/** No observatory has as many types. */
const mostTypes = 200;
const typeNames = listOf(text('type of reference', /^[^\0]{1,64}$/), mostTypes);
/** Each type once, in lower case: every one is looked up for every header of a call. */
export const types = orNull<string[]>({
  type: typeNames.type,
  read: (value, name) => [...new Set(typeNames.read(value, name).map((type) => type.toLowerCase()))],
});
