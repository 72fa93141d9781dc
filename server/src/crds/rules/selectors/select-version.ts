import type { Answer } from '../answer.ts';
import { Failure } from '../failure.ts';
import type { Header, Parameters } from '../header.ts';
import { quoted, readFloat, shown } from '../python-text.ts';
import { type Branch, follow, missing, type Rule } from './rule.ts';

/** `<x`, `<=x`, `=x`; `default` stands behind all numbers. */
export interface Relation {
  readonly sign: string;
  readonly limit: number;
}

/** Reads a key of SelectVersion; undefined for what is none. */
export function readRelation(key: string): Relation | undefined {
  if (key.replaceAll('=', '').trim() === 'default') return { sign: '=', limit: Number.MAX_SAFE_INTEGER };
  const form = /^(?:(<=?|==?)\s*)?(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|-\d+\.?\d*)\s*$/.exec(
    key,
  );
  if (form === null) return undefined;
  const [, sign = '=', number = ''] = form;
  return { sign: sign.replace('==', '='), limit: Number(number) };
}

/** Order of keys: by number, then by sign as text. */
export function compareRelations(a: Relation, b: Relation): number {
  return a.limit - b.limit || (a.sign < b.sign ? -1 : a.sign > b.sign ? 1 : 0);
}

/** Picks the first entry that is not below `=version` (crds 13.2.7, `SelectVersionSelector`). */
export class SelectVersion implements Rule {
  readonly selector = 'SelectVersion';
  readonly parameters: Parameters;
  readonly branches: readonly Branch[];
  readonly relations: readonly Relation[];

  /** Branches in the order of their relations. */
  constructor(parameters: Parameters, branches: readonly Branch[], relations: readonly Relation[]) {
    this.parameters = parameters;
    this.branches = branches;
    this.relations = relations;
  }

  choose(header: Header): Answer | Failure {
    const version = this.versionOf(header);
    if (version instanceof Failure) return version;
    const branch = this.branches[this.indexAt(version)];
    return branch === undefined ? new Failure('list index out of range') : follow(branch, header);
  }

  versionOf(header: Header): number | Failure {
    const name = this.parameters[0] ?? '';
    const text = header.get(name);
    if (text === undefined) return missing(name);
    if (text.replaceAll('=', '').trim() === 'default') return Number.MAX_SAFE_INTEGER;
    const value = readFloat(text);
    if (value === undefined) {
      return new Failure(`SelectVersion Invalid number for ${quoted(name)} value = ${shown(text)}`);
    }
    // Only comparing finds out that a number is none, and without entries nothing is compared.
    return Number.isFinite(value) || this.branches.length === 0
      ? value
      : new Failure(`Invalid version expression in: ${shown(`=${text}`)}`);
  }

  /** Index of the entry for a version; beyond the last one when there is none. */
  indexAt(version: number): number {
    const sought: Relation = { sign: '=', limit: version };
    const index = this.relations.findIndex((relation) => compareRelations(relation, sought) >= 0);
    return index < 0 ? this.relations.length : index;
  }
}
