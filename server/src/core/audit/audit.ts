import type { Sql } from '../db/index.ts';

/** A human or administrative change, as it enters the audit trail. */
export interface AuditEntry {
  /** Name of the account, `cli:<user of the machine>` or `system`. */
  actor: string;
  /** `<part>.<noun>-<verb>`, for example `auth.token-created`. */
  action: string;
  object: { kind: string; id: string };
  /** What changed; never a secret. */
  details?: Record<string, string | number | boolean | null | readonly string[]>;
  requestId?: string;
  /** Where the request came from. */
  address?: string;
}

/** The trail of human and administrative changes. Transitions of jobs are history and do not belong here. */
export interface Audit {
  /** Writes the entry in the caller's transaction; it is chained within about a second after the commit. */
  record(sql: Sql, entry: AuditEntry): Promise<void>;
}

export function createAudit(): Audit {
  return { record: insertAudit };
}

async function insertAudit(sql: Sql, entry: AuditEntry): Promise<void> {
  await sql`
    with written as (
      insert into core.audit (actor, action, object_kind, object_id, details, request_id, address)
      values (${entry.actor}, ${entry.action}, ${entry.object.kind}, ${entry.object.id},
              ${sql.json({ ...entry.details })}, ${entry.requestId ?? null}, ${entry.address ?? null})
      returning audit_id)
    insert into core.audit_pending (audit_id) select audit_id from written`;
}
