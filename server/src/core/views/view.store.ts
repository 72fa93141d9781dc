import type { Sql, Tx } from '../db/index.ts';

export interface ViewRow {
  viewId: string;
  list: string;
  name: string;
  query: string;
  shared: boolean;
  accountId: number;
  /** Name of the account it belongs to. */
  owner: string;
  changedAt: Date;
}

const columns = (sql: Sql) => sql`
  v.view_id, v.list, v.name, v.query, v.shared, v.account_id, a.name as owner, v.changed_at`;

/** At most this many views of others are listed. */
const maxOthers = 200;

/** An account's views of a list in their order, then what others share, by name. */
export async function listViews(sql: Sql, accountId: number, list: string): Promise<ViewRow[]> {
  const own = await sql<ViewRow[]>`
    select ${columns(sql)} from core.saved_view v join core.account a using (account_id)
    where v.account_id = ${accountId} and v.list = ${list} order by v.place, v.view_id`;
  const others = await sql<ViewRow[]>`
    select ${columns(sql)} from core.saved_view v join core.account a using (account_id)
    where v.shared and v.list = ${list} and v.account_id <> ${accountId} and a.disabled_at is null
    order by lower(v.name), v.view_id limit ${maxOthers}`;
  return [...own, ...others];
}

/** One view, locked until the transaction ends. */
export async function lockView(tx: Tx, viewId: string): Promise<ViewRow | null> {
  const [row] = await tx<ViewRow[]>`
    select ${columns(tx)} from core.saved_view v join core.account a using (account_id)
    where v.view_id = ${viewId} for update of v`;
  return row ?? null;
}

/** Lets one transaction at a time add views to an account, and counts those it has. */
export async function countLocked(tx: Tx, accountId: number): Promise<number> {
  await tx`select from core.account where account_id = ${accountId} for no key update`;
  const [row] = await tx<{ count: number }[]>`
    select count(*)::int as count from core.saved_view where account_id = ${accountId}`;
  return row?.count ?? 0;
}

/** True when another view of this account and list has the name, in whatever case. */
export async function isNameTaken(
  tx: Tx,
  view: { accountId: number; list: string; name: string; except: string },
): Promise<boolean> {
  const found = await tx`
    select from core.saved_view
    where account_id = ${view.accountId} and list = ${view.list} and lower(name) = lower(${view.name})
      and view_id <> ${view.except}`;
  return found.length > 0;
}

/** Adds a view behind the others. */
export async function insertView(
  tx: Tx,
  view: Pick<ViewRow, 'viewId' | 'accountId' | 'list' | 'name' | 'query' | 'shared'>,
): Promise<void> {
  await tx`
    insert into core.saved_view (view_id, account_id, list, name, query, shared, place)
    select ${view.viewId}, ${view.accountId}, ${view.list}, ${view.name}, ${view.query}, ${view.shared},
           coalesce(max(place), 0) + 1
    from core.saved_view where account_id = ${view.accountId} and list = ${view.list}`;
}

/** Writes a view; `first` puts it before all others of its list. */
export async function updateView(tx: Tx, view: ViewRow, first: boolean): Promise<void> {
  await tx`
    update core.saved_view v
    set name = ${view.name}, query = ${view.query}, shared = ${view.shared}, changed_at = clock_timestamp(),
        place = case when ${first} then (select min(place) - 1 from core.saved_view
          where account_id = v.account_id and list = v.list) else v.place end
    where view_id = ${view.viewId}`;
}

export async function deleteView(tx: Tx, viewId: string): Promise<void> {
  await tx`delete from core.saved_view where view_id = ${viewId}`;
}
