import type { CrdsContextRow, CrdsHistoryRow } from '@orrery/contracts/crds';
import type { Observatory } from '../observatory/observatory.ts';
import { type ContextRow, rolesOf } from './context-list.store.ts';
import { instantOrNull } from './file.wire.ts';
import type { Reign } from './history.store.ts';

/** @param unusable why contexts cannot be used, by their names. */
export function apiContextRow(
  row: ContextRow,
  observatory: Observatory,
  unusable: ReadonlyMap<string, string>,
): CrdsContextRow {
  return {
    name: row.name,
    state: row.state,
    roles: rolesOf(row.name, observatory),
    derivedFrom: row.derivedFrom,
    rejected: row.rejected,
    blacklisted: row.blacklisted,
    badReason: row.badReason,
    unusable: unusable.get(row.name) ?? null,
    latestAt: instantOrNull(row.latestAt),
    description: row.description,
    builds: row.builds,
    deliveredAt: instantOrNull(row.deliveredAt),
    addedAt: row.addedAt.toISOString(),
  };
}

export function apiReign(reign: Reign): CrdsHistoryRow {
  return {
    id: reign.contextHistoryId,
    startedAt: reign.startedAt.toISOString(),
    endedAt: instantOrNull(reign.endedAt),
    context: reign.context,
    description: reign.description,
    by: reign.changedBy,
    before: reign.before,
  };
}
