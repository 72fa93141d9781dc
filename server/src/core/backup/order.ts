import { AppError } from '../errors.ts';

interface Dependent {
  name: string;
  needs: readonly string[];
}

/**
 * The tables in an order in which they can be loaded under their foreign keys: each behind those it needs,
 * otherwise as given. Turning foreign keys off would need a superuser, which an external server may not grant.
 * Throws internal `backup.tables-circular` when some tables need each other.
 */
export function inLoadOrder<T extends Dependent>(tables: readonly T[]): T[] {
  const known = new Set(tables.map(({ name }) => name));
  const placed = new Set<string>();
  const ordered: T[] = [];
  let waiting = [...tables];
  while (waiting.length > 0) {
    const ready = waiting.filter(({ needs }) => needs.every((name) => placed.has(name) || !known.has(name)));
    if (ready.length === 0) {
      const names = waiting.map(({ name }) => name).join(', ');
      throw new AppError(
        'internal',
        'backup.tables-circular',
        `Foreign keys go round in a circle: ${names}.`,
        {
          next: 'Make one of them refer by value, without a foreign key.',
        },
      );
    }
    for (const table of ready) placed.add(table.name);
    ordered.push(...ready);
    waiting = waiting.filter(({ name }) => !placed.has(name));
  }
  return ordered;
}
