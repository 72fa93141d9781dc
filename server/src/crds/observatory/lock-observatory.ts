import type { Tx } from '../../core/db/index.ts';
import { observatoryUnknown } from '../errors.ts';
import { type ObservatorySettings, settingsFrom } from './observatory-settings.ts';

/** The contexts in force, read under the lock. */
export interface ContextsInForce {
  latestContext: string | null;
  editContext: string | null;
  versionsContext: string | null;
  buildContext: string | null;
  settings: ObservatorySettings;
}

/**
 * Everybody who writes files, contexts or history of an observatory takes this first: writers of one observatory come
 * one after the other, and never wait for each other in a circle. Readers are not kept.
 */
export async function lockObservatory(tx: Tx, observatory: string): Promise<ContextsInForce> {
  const [row] = await tx<Array<Omit<ContextsInForce, 'settings'> & { settings: unknown }>>`
    select latest_context, edit_context, versions_context, build_context, settings
    from crds.observatory where observatory = ${observatory} for no key update`;
  if (row === undefined) throw observatoryUnknown(observatory);
  return { ...row, settings: settingsFrom(row.settings) };
}
