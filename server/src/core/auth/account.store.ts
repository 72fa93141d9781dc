import type { Sql } from '../db/index.ts';
import { type Grant, parseGrant } from './roles.ts';

/** `chosen` by its owner; `given` by an administrator; `first` = made at the first start. The last two must be changed. */
export type PasswordState = 'none' | 'chosen' | 'given' | 'first';

export interface Account {
  accountId: number;
  name: string;
  displayName: string;
  passwordState: PasswordState;
  createdAt: Date;
  disabledAt: Date | null;
  grants: Grant[];
}

/** As it comes from SQL: grants are texts. */
export type AccountRow = Omit<Account, 'grants'> & { grants: string[] };

/** A role that an older or newer release knew is passed over: it gives nothing here. */
export function readGrants(texts: readonly string[]): Grant[] {
  return texts.flatMap((text) => {
    try {
      return [parseGrant(text)];
    } catch {
      return [];
    }
  });
}

const toAccount = (row: AccountRow): Account => ({ ...row, grants: readGrants(row.grants) });

/** The grants of the account `a` as texts, in a stable order. */
export const grantTexts = (sql: Sql) => sql`
  coalesce((select array_agg(g.role || coalesce(':' || g.scope, '') order by g.role, g.scope)
            from core.account_grant g where g.account_id = a.account_id), '{}')`;

const columns = (sql: Sql) => sql`
  a.account_id, a.name, a.display_name, a.password_state, a.created_at, a.disabled_at, ${grantTexts(sql)} as grants`;

/** Names are compared without regard to case. */
export async function findAccount(sql: Sql, name: string): Promise<Account | null> {
  const [row] = await sql<AccountRow[]>`
    select ${columns(sql)} from core.account a where lower(a.name) = lower(${name})`;
  return row === undefined ? null : toAccount(row);
}

export async function findPassword(sql: Sql, accountId: number): Promise<string | null> {
  const [row] = await sql<{ passwordHash: string | null }[]>`
    select password_hash from core.account where account_id = ${accountId}`;
  return row?.passwordHash ?? null;
}

/** Accounts by name, after `after`. */
export async function listAccounts(sql: Sql, page: { after?: string; limit: number }): Promise<Account[]> {
  const rows = await sql<AccountRow[]>`
    select ${columns(sql)} from core.account a
    where lower(a.name) > lower(${page.after ?? ''})
    order by lower(a.name) limit ${page.limit}`;
  return rows.map(toAccount);
}

export interface NewAccount {
  name: string;
  displayName: string;
  passwordHash: string | null;
  passwordState: PasswordState;
  createdBy: string;
}

/** Returns the number of the account, or `null` when the name is taken. */
export async function insertAccount(sql: Sql, account: NewAccount): Promise<number | null> {
  const [row] = await sql<{ accountId: number }[]>`
    insert into core.account ${sql({ ...account })} on conflict do nothing returning account_id`;
  return row?.accountId ?? null;
}

/** True when the grant is new. */
export async function insertGrant(
  sql: Sql,
  accountId: number,
  grant: Grant,
  grantedBy: string,
): Promise<boolean> {
  const done = await sql`
    insert into core.account_grant ${sql({ accountId, role: grant.role, scope: grant.scope, grantedBy })}
    on conflict do nothing`;
  return done.count === 1;
}

/** True when there was such a grant. */
export async function deleteGrant(sql: Sql, accountId: number, grant: Grant): Promise<boolean> {
  const done = await sql`
    delete from core.account_grant
    where account_id = ${accountId} and role = ${grant.role} and scope is not distinct from ${grant.scope}`;
  return done.count === 1;
}

export async function updatePassword(
  sql: Sql,
  accountId: number,
  passwordHash: string,
  passwordState: PasswordState,
): Promise<void> {
  await sql`update core.account set ${sql({ passwordHash, passwordState })} where account_id = ${accountId}`;
}

export async function updateDisabled(sql: Sql, accountId: number, disabled: boolean): Promise<void> {
  await sql`
    update core.account set disabled_at = case when ${disabled} then coalesce(disabled_at, clock_timestamp()) end
    where account_id = ${accountId}`;
}

/** Enabled accounts that hold `admin`. Locks them, so that two of them cannot remove each other at once. */
export async function lockAdmins(sql: Sql): Promise<number[]> {
  const rows = await sql<{ accountId: number }[]>`
    select a.account_id from core.account a join core.account_grant g using (account_id)
    where g.role = 'admin' and a.disabled_at is null order by a.account_id for update`;
  return rows.map((row) => row.accountId);
}
