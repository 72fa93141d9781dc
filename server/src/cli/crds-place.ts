import type { CrdsObservatoryList } from '@orrery/contracts/crds';
import { CommandFailure } from './failure.ts';
import type { Remote } from './remote.ts';
import type { ServerFlags } from './server-address.ts';

export interface PlaceFlags extends ServerFlags {
  observatory?: string;
  json?: boolean;
}

/** How commands on rules name the observatory. */
export const observatoryOption = [
  '--observatory <name>',
  'hst, jwst, …; default: the one that the names say, or the only one of the server',
] as const;

/**
 * The address of an observatory in our JSON API: the one of the flag, of the first name that begins with one that the
 * server has, or the only one there is. Throws a CommandFailure when it cannot be told.
 */
export async function observatoryPath(
  remote: Remote,
  { observatory }: PlaceFlags,
  names: readonly string[] = [],
): Promise<string> {
  const path = (name: string) => `/api/crds/observatories/${encodeURIComponent(name)}`;
  if (observatory !== undefined) return path(observatory);
  const { rows } = await remote.json<CrdsObservatoryList>('GET', '/api/crds/observatories');
  const known = rows.map((row) => row.observatory);
  const [only, ...others] = known;
  const told = names
    .map((name) => name.split(/[_.-]/, 1)[0] ?? '')
    .find((beginning) => known.includes(beginning));
  const found = told ?? (others.length === 0 ? only : undefined);
  if (found === undefined) {
    throw new CommandFailure(
      'usage',
      'It is not clear which observatory is meant.',
      `Give --observatory; the server has ${known.join(', ') || 'none'}.`,
    );
  }
  return path(found);
}

/** What one row is about, as JSON. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
