import type { AuthContext } from '../../core/auth/index.ts';
import type { Sql } from '../../core/db/index.ts';

/** A file of a user, base64, of up to 1,000 kB as the client has it (panda-client 2.0.2), and room for its name. */
const maxValueLength = 1_500_000;
const maxKeyLength = 300;
const maxKeys = 100;

/** What stands sealed: it names its place, so that no secret can be moved to another account. */
interface Sealed {
  accountId: number;
  key: string;
  value: string;
}

/** The database, and the key that seals. */
export type Vault = Pick<AuthContext, 'db' | 'secret'>;

/** Stores a secret of an account, in the transaction of `sql` if that is one. Returns why not, or null. */
export async function putSecret(
  vault: Vault,
  accountId: number,
  key: string,
  value: string,
  sql: Sql = vault.db.sql,
): Promise<string | null> {
  if (key === '' || key.length > maxKeyLength || key.includes('\0') || !key.isWellFormed()) {
    return 'the key is not possible';
  }
  if (value.length > maxValueLength) return `the value is larger than ${maxValueLength} characters`;
  const secret = await vault.secret();
  const place: Sealed = { accountId, key, value };
  const sealed = secret.seal(Buffer.from(JSON.stringify(place)));
  const { count } = await sql`
    insert into panda.secret (account_id, key, sealed)
    select ${accountId}, ${key}, ${sealed}
    where (select count(*) from panda.secret where account_id = ${accountId} and key <> ${key}) < ${maxKeys}
    on conflict (account_id, key) do update set sealed = excluded.sealed, modified_at = clock_timestamp()`;
  return count === 1 ? null : `there are ${maxKeys} secrets already`;
}

/** Takes one secret away, or all; a file goes by its bare name too (panda-server 1.0.3). Returns how many there were. */
export async function dropSecrets(sql: Sql, accountId: number, key: string | null): Promise<number> {
  if (key?.includes('\0') === true) return 0;
  const { count } = await sql`
    delete from panda.secret where account_id = ${accountId}
      and (${key}::text is null or key = ${key} or (key = ${`___file___:${key}`}
        and not exists (select from panda.secret where account_id = ${accountId} and key = ${key})))`;
  return count;
}

/** The secrets of an account by key; without `keys` all of them. Never to be logged. */
export async function secretsOf(
  vault: Vault,
  accountId: number,
  keys?: readonly string[],
): Promise<Record<string, string>> {
  const rows = await vault.db.sql<{ key: string; sealed: Uint8Array }[]>`
    select key, sealed from panda.secret where account_id = ${accountId} order by key`;
  const wanted = rows.filter(({ key }) => keys === undefined || keys.includes(key));
  if (wanted.length === 0) return {};
  const secret = await vault.secret();
  return Object.fromEntries(
    wanted.map(({ key, sealed }) => {
      const place = JSON.parse(secret.open(sealed).toString('utf8')) as Sealed;
      if (place.accountId !== accountId || place.key !== key) {
        throw new Error(`a secret of account ${accountId} stands in another's place`);
      }
      return [key, place.value];
    }),
  );
}

/** As Python's `json.dumps` writes it, which clients read back (panda-client 2.0.2). */
export function secretsText(secrets: Readonly<Record<string, string>>): string {
  const entries = Object.entries(secrets).map(
    ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  return `{${entries.join(', ')}}`;
}
