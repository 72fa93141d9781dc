-- compatible
-- Named addresses of lists. A view belongs to an account; a shared one is read by everybody who is signed in.
create table core.saved_view (
  view_id text primary key,
  account_id bigint not null references core.account on delete cascade,
  -- the list it is a view of, for example uws.jobs
  list text not null check (length(list) between 1 and 60),
  name text not null check (length(name) between 1 and 60),
  -- the query string of the page, without a question mark
  query text not null check (length(query) <= 2000),
  shared boolean not null,
  -- the smallest of an account's views of a list is its default
  place double precision not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  changed_at timestamptz(3) not null default clock_timestamp()
);
create unique index saved_view_name_idx on core.saved_view (account_id, list, lower(name));
create index saved_view_shared_idx on core.saved_view (list, lower(name)) where shared;
