import type { Sql, Tx } from './connect.ts';

/**
 * Limits of every session of our role in our database, kept by PostgreSQL itself: they hold behind a pooler too,
 * where a session cannot bring its own. Names that this PostgreSQL does not know are left out
 * (`transaction_timeout` came with 17).
 */
export const roleSettings: Readonly<Record<string, string>> = {
  statement_timeout: '30s',
  transaction_timeout: '60s',
  idle_in_transaction_session_timeout: '60s',
};

/**
 * Stores the limits with the role; sessions that begin afterwards have them. Writes nothing when they are there.
 * Call it under a lock: PostgreSQL refuses two changes of one role at the same moment.
 */
export async function storeRoleSettings(tx: Tx): Promise<void> {
  const [role] = await tx<{ role: string; database: string; stored: string[] }[]>`
    select current_user as role, current_database() as database, coalesce((
      select setconfig from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
      where d.datname = current_database() and s.setrole = current_user::regrole), '{}') as stored`;
  if (role === undefined) return;
  const known = await tx<{ name: string }[]>`
    select name from pg_settings where name = any(${Object.keys(roleSettings)}::text[])`;
  for (const { name } of known) {
    const value = roleSettings[name] as string;
    if (role.stored.includes(`${name}=${value}`)) continue;
    await tx`alter role ${tx(role.role)} in database ${tx(role.database)} set ${tx(name)} = ${tx(value)}`;
  }
}

/** Lifts these limits until the end of the transaction: for migrations, backups and what else may take hours. */
export async function liftLimits(sql: Sql): Promise<void> {
  await sql`
    select set_config(name, '0', true) from pg_settings where name = any(${Object.keys(roleSettings)}::text[])`;
}
