-- compatible
-- Names of the header parameters of an instrument; a dataset has its values in this order. Names are only ever added.
create table crds.dataset_parameter (
  observatory text not null references crds.observatory,
  instrument text not null,
  place integer not null check (place between 0 and 999),
  name text not null,
  primary key (observatory, instrument, place),
  unique (observatory, instrument, name)
);

-- Exposures by id and header. Made for tens of millions: no foreign key, and the header is one text of values.
create table crds.dataset (
  dataset_id bigint generated always as identity primary key,
  exposed_at timestamptz(3) not null,
  registered_at timestamptz(3) not null default clock_timestamp(),
  observatory text collate "C" not null,
  instrument text collate "C" not null,
  -- Both halves of the id as they were given; they are found in upper and lower case.
  product text collate "C" not null,
  exposure text collate "C" not null,
  -- Values of the parameters by their place, each with U+001F behind it; U+001E stands for none.
  header text not null
) with (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
create unique index dataset_id_halves_idx on crds.dataset (observatory, lower(product), lower(exposure));
create index dataset_exposure_idx on crds.dataset (observatory, lower(exposure));
create index dataset_exposed_at_idx on crds.dataset (observatory, instrument, exposed_at, dataset_id);

-- One comparison of two contexts over the datasets.
create table crds.affected_run (
  affected_run_id bigint generated always as identity primary key,
  observatory text not null references crds.observatory,
  old_context text not null,
  new_context text not null,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  message text not null default '',
  requested_by text not null,
  -- Exposures since then only, whatever the rules say; null = by the rules.
  since_at timestamptz(3),
  -- What differs: [{instrument, type, since}].
  touched jsonb not null default '[]',
  -- Null until they are counted; the others are written at the end, until then the parts have them.
  total bigint,
  looked bigint not null default 0,
  affected bigint not null default 0,
  errors bigint not null default 0,
  products bigint,
  created_at timestamptz(3) not null default clock_timestamp(),
  started_at timestamptz(3),
  ended_at timestamptz(3),
  check ((ended_at is not null) = (state in ('done', 'failed', 'cancelled')))
);
create index affected_run_contexts_idx on crds.affected_run (observatory, old_context, new_context, affected_run_id desc);
create index affected_run_open_idx on crds.affected_run (affected_run_id) where state in ('waiting', 'running');

-- A part of a run: datasets of one instrument in a range of time, looked at by one task, in order of the cursor.
create table crds.affected_part (
  affected_run_id bigint not null references crds.affected_run on delete cascade,
  part integer not null,
  instrument text not null,
  from_at timestamptz(3) not null,
  until_at timestamptz(3) not null,
  total bigint not null,
  cursor_at timestamptz(3) not null,
  cursor_id bigint not null default 0,
  looked bigint not null default 0,
  affected bigint not null default 0,
  errors bigint not null default 0,
  error_lines text[] not null default '{}',
  is_done boolean not null default false,
  primary key (affected_run_id, part)
);

-- What may happen to a dataset in a run: a few hundred of them, which affected datasets refer to.
create table crds.affected_change (
  affected_change_id integer generated always as identity primary key,
  affected_run_id bigint not null references crds.affected_run on delete cascade,
  type text not null,
  old text not null,
  new text not null
);
create unique index affected_change_run_idx on crds.affected_change (affected_run_id, type, md5(old), md5(new));

create table crds.affected_dataset (
  affected_run_id bigint not null,
  dataset_id bigint not null,
  changes integer[] not null,
  primary key (affected_run_id, dataset_id)
);

-- Affected datasets by type and month of exposure; the type '' counts each dataset once.
create table crds.affected_count (
  affected_run_id bigint not null references crds.affected_run on delete cascade,
  part integer not null,
  type text not null,
  month date not null,
  datasets bigint not null,
  primary key (affected_run_id, part, type, month)
);

-- In the place of a foreign key, which would be checked for each of a million rows.
create function crds.affected_run_deleted() returns trigger language plpgsql as $$
begin
  delete from crds.affected_dataset a where a.affected_run_id in (select affected_run_id from former);
  return null;
end $$;
create trigger affected_run_deleted after delete on crds.affected_run
  referencing old table as former for each statement execute function crds.affected_run_deleted();

-- The context that affected data were last looked for.
create table crds.affected_watch (
  observatory text primary key references crds.observatory,
  context text not null,
  noted_at timestamptz(3) not null default clock_timestamp()
);
