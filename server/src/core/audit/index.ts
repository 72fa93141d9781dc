export { type Audit, type AuditEntry, createAudit } from './audit.ts';
export { chainAudit } from './chain.ts';
export { type AuditFilter, type AuditPage, type AuditRow, listAudit } from './list.ts';
export { type AuditProof, verifyAudit } from './verify.ts';
