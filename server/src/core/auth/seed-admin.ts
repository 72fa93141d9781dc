import type { Sql, Tx } from '../db/index.ts';
import { unguessableId } from '../ids.ts';
import { findAccount, insertAccount, insertGrant } from './account.store.ts';
import type { AuthContext } from './context.ts';
import { writeFirstPassword } from './first-password.ts';
import { checkNewPassword, hashPassword } from './password.ts';
import { upsertPresetToken } from './token.store.ts';
import { hashOf } from './tokens.ts';

export interface AdminPreset {
  /** Chosen by the operator in the settings; then none is made up and none has to be changed. */
  password?: string | undefined;
  /** An opaque API token that `admin` shall have. */
  token?: string | undefined;
}

/** Keeps processes that start together apart; the number only has to stay the same. */
const seedLock = 4_720_117;
const presetTokenId = 'admin-preset';

/**
 * On a database without an administrator: makes `admin` with the role admin. Without a preset password a one-time one is
 * made, written to `admin-password` in the data folder (0600) and returned, once, to be printed. A preset token is
 * stored on every start; a changed one takes the place of the one before. Throws `auth.password-weak`.
 */
export async function seedAdmin(
  context: AuthContext,
  preset: AdminPreset = {},
): Promise<{ password?: string }> {
  const made = (await hasAdmin(context.db.sql))
    ? undefined
    : await makeFirstAccount(context, preset.password);
  if (preset.token !== undefined) await storePresetToken(context, preset.token);
  return made === undefined ? {} : { password: made };
}

/** True when somebody administers already, or the name is taken. */
async function hasAdmin(sql: Sql): Promise<boolean> {
  const rows = await sql`
    select from core.account a where lower(a.name) = 'admin'
    union all select from core.account_grant where role = 'admin' limit 1`;
  return rows.length > 0;
}

/** Returns the one-time password, if this process is the one that made the account and no password was preset. */
async function makeFirstAccount(
  context: AuthContext,
  preset: string | undefined,
): Promise<string | undefined> {
  const password = preset ?? unguessableId(20);
  checkNewPassword(password, 'admin');
  const passwordHash = await hashPassword(password);
  return context.db.transaction(async (tx) => {
    await tx`select pg_advisory_xact_lock(${seedLock})`;
    if (await hasAdmin(tx)) return undefined;
    await insertAdmin(context, tx, passwordHash, preset === undefined ? 'first' : 'chosen');
    if (preset !== undefined) return undefined;
    // Before the commit: after a kill in between, the next start finds no account and writes the file again.
    await writeFirstPassword(context.data, password);
    return password;
  });
}

async function insertAdmin(
  context: AuthContext,
  tx: Tx,
  passwordHash: string,
  passwordState: 'first' | 'chosen',
): Promise<void> {
  const accountId = await insertAccount(tx, {
    name: 'admin',
    displayName: 'Administrator',
    passwordHash,
    passwordState,
    createdBy: 'system',
  });
  if (accountId === null) throw new Error('the name admin was free and is taken');
  await insertGrant(tx, accountId, { role: 'admin', scope: null }, 'system');
  await context.audit.record(tx, {
    actor: 'system',
    action: 'auth.account-created',
    object: { kind: 'account', id: 'admin' },
    details: { grants: ['admin'] },
  });
}

async function storePresetToken(context: AuthContext, token: string): Promise<void> {
  const admin = await findAccount(context.db.sql, 'admin');
  if (admin === null) return;
  await context.db.transaction(async (tx) => {
    // Number and hash are both unique: two processes that insert at once could meet at the one that is not asked for.
    await tx`select pg_advisory_xact_lock(${seedLock})`;
    await upsertPresetToken(tx, {
      tokenId: presetTokenId,
      accountId: admin.accountId,
      tokenHash: hashOf(token),
      label: 'Preset in the settings (admin.token)',
    });
  });
}
