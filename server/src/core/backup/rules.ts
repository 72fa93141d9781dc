import type { BackupRule } from '../module.ts';
import type { Table } from './tables.ts';

type Shape = Pick<Table, 'name' | 'needs'>;

/** What is wrong with the backup rules of a schema, as sentences; none = every table is accounted for. */
export function ruleFaults(tables: readonly Shape[], rules: readonly BackupRule[]): string[] {
  const names = new Set(tables.map(({ name }) => name));
  const ruleOf = new Map(rules.map(({ table, how }) => [table, how]));
  return [
    ...tables.filter(({ name }) => !ruleOf.has(name)).map(({ name }) => `${name} has no backup rule`),
    ...rules
      .filter(({ table }) => !names.has(table))
      .map(({ table }) => `a rule names ${table}, which is no table`),
    ...rules
      .filter(({ table }, index) => rules.findIndex((rule) => rule.table === table) !== index)
      .map(({ table }) => `${table} has more than one rule`),
    ...tables.flatMap(({ name, needs }) =>
      needs
        .filter((needed) => ruleOf.get(name) === 'rows' && ruleOf.get(needed) === 'skip')
        .map((needed) => `${name} is copied but refers to ${needed}, which is not`),
    ),
  ];
}

/** Tables that go into a backup: all without the rule `skip`, since a row too much harms less than one lost. */
export function tablesToCopy<T extends Shape>(tables: readonly T[], rules: readonly BackupRule[]): T[] {
  const skipped = new Set(rules.filter(({ how }) => how === 'skip').map(({ table }) => table));
  return tables.filter(({ name }) => !skipped.has(name));
}
