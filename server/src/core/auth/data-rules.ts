import type { BackupRule, RetentionRule } from '../module.ts';

/** How long the rows of identity and of the audit trail are kept. */
export const authRetention: readonly RetentionRule[] = [
  { table: 'core.session', column: 'expires_at', days: 1, what: 'sessions that have ended' },
  { table: 'core.login_attempt', column: 'window_ends_at', days: 1, what: 'counts of tries to sign in' },
  { table: 'core.api_token', column: 'expires_at', days: 365, what: 'API tokens that have expired' },
  { table: 'core.audit', column: 'at', days: null, what: 'the audit trail' },
];

/** What goes into a backup. The key that opens the signing keys does not: it is a file of its own. */
export const authBackup: readonly BackupRule[] = [
  { table: 'core.account', how: 'rows' },
  { table: 'core.account_grant', how: 'rows' },
  { table: 'core.api_token', how: 'rows' },
  { table: 'core.signing_key', how: 'rows' },
  { table: 'core.session', how: 'skip' },
  { table: 'core.login_attempt', how: 'skip' },
  { table: 'core.audit', how: 'rows' },
  { table: 'core.audit_pending', how: 'rows' },
  { table: 'core.audit_chain', how: 'rows' },
];
