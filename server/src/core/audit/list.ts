import type { Sql } from '../db/index.ts';
import { AppError } from '../errors.ts';

export interface AuditRow {
  auditId: number;
  at: Date;
  actor: string;
  action: string;
  objectKind: string;
  objectId: string;
  details: Record<string, unknown>;
  requestId: string | null;
  address: string | null;
}

export interface AuditFilter {
  actor?: string;
  /** The beginning of an action: `auth.` finds all of identity's. */
  action?: string;
  objectKind?: string;
  objectId?: string;
  /** Entries whose details contain any of these; used with the object, whose index it has. */
  details?: ReadonlyArray<Readonly<Record<string, unknown>>>;
  /** From another page's `newer` or `older`; absent = the newest entries. */
  cursor?: string;
  limit: number;
}

export interface AuditPage {
  /** The newest first. */
  rows: AuditRow[];
  newer: string | null;
  older: string | null;
}

/** One page of the trail, by number, so that entries that come in meanwhile shift nothing. Throws `audit.cursor-invalid`. */
export async function listAudit(sql: Sql, filter: AuditFilter): Promise<AuditPage> {
  const { direction, from } = readCursor(filter.cursor);
  const older = direction === 'older';
  const found = await sql<AuditRow[]>`
    select audit_id, at, actor, action, object_kind, object_id, details, request_id, address from core.audit
    where ${from === null ? sql`true` : older ? sql`audit_id < ${from}` : sql`audit_id > ${from}`}
      ${filter.actor === undefined ? sql`` : sql`and actor = ${filter.actor}`}
      ${filter.action === undefined ? sql`` : sql`and starts_with(action, ${filter.action})`}
      ${filter.objectKind === undefined ? sql`` : sql`and object_kind = ${filter.objectKind}`}
      ${filter.objectId === undefined ? sql`` : sql`and object_id = ${filter.objectId}`}
      ${filter.details === undefined ? sql`` : sql`and details @> any(${filter.details.map((one) => JSON.stringify(one))}::text[]::jsonb[])`}
    order by audit_id ${older ? sql`desc` : sql`asc`} limit ${filter.limit + 1}`;
  const hasMore = found.length > filter.limit;
  const rows = found.slice(0, filter.limit);
  if (!older) rows.reverse();
  const first = rows[0];
  const last = rows.at(-1);
  return {
    rows,
    newer: first !== undefined && (older ? from !== null : hasMore) ? `newer-${first.auditId}` : null,
    older: last !== undefined && (older ? hasMore : true) ? `older-${last.auditId}` : null,
  };
}

function readCursor(cursor: string | undefined): { direction: 'newer' | 'older'; from: number | null } {
  if (cursor === undefined) return { direction: 'older', from: null };
  const [, direction, from] = /^(newer|older)-(\d{1,15})$/.exec(cursor) ?? [];
  if (direction === undefined) {
    throw new AppError('invalid', 'audit.cursor-invalid', 'This place in the list does not exist.', {
      next: 'Begin with the newest entries.',
    });
  }
  return { direction: direction === 'newer' ? 'newer' : 'older', from: Number(from) };
}
