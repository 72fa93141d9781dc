-- compatible
create schema crds;

-- An installation may serve several; each has its base address /crds/<observatory>.
create table crds.observatory (
  observatory text primary key check (observatory ~ '^[a-z]{3,9}$'),
  title text not null default '',
  -- Contexts (names of pmaps) by what they are for; null until one is set. The old name of latest is "operational".
  latest_context text,
  edit_context text,
  versions_context text,
  build_context text,
  -- What the operator has set for it: see contexts/observatory.ts.
  settings jsonb not null default '{}',
  -- Grows with each change of files, contexts or settings: what is derived from them is kept by it.
  version bigint not null default 1,
  changed_at timestamptz(3) not null default clock_timestamp(),
  created_at timestamptz(3) not null default clock_timestamp()
);

-- The bytes of mapping files, kept once whatever observatory or name uses them. Small, read together by the hundred.
create table crds.mapping_text (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  content bytea not null
);

-- Every mapping and reference file that is known. Names are ordered as clients order them, whatever the database's
-- collation.
create table crds.file (
  observatory text not null references crds.observatory,
  name text collate "C" not null check (name ~ '^[A-Za-z0-9._ -]{1,128}$' and name !~ '^\.'),
  kind text not null check (kind in ('mapping', 'reference')),
  -- Lower case; null where there is none: a pmap has neither, an imap no type.
  instrument text,
  filekind text,
  -- Serial number in the name, -1 without one.
  serial integer not null default -1,
  state text not null check (state in ('uploaded', 'submitted', 'delivered', 'archiving', 'archiving-failed',
    'archived', 'operational')),
  state_since timestamptz(3) not null default clock_timestamp(),
  -- Marked bad itself, and (mappings) bad since something it uses is. The sentence says why, for people.
  rejected boolean not null default false,
  blacklisted boolean not null default false,
  bad_reason text not null default '',
  -- Null while unknown. sha1 and sha256 are of the bytes of the file.
  size_bytes bigint check (size_bytes >= 0),
  sha1 text check (sha1 ~ '^[0-9a-f]{40}$'),
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  -- Where the bytes are: kept here (a mapping in mapping_text, a reference in the file store), where the operator left
  -- them (linked_path, absolute), still with the upstream server only, or nowhere that is known.
  place text not null check (place in ('kept', 'linked', 'upstream', 'absent')),
  linked_path text,
  -- The catalogue's record of a file (crds 13.2.7: get_file_info).
  uploaded_as text not null default '',
  derived_from text not null default '',
  replaced_by text not null default '',
  reference_file_type text not null default '',
  change_level text not null default '' check (change_level in ('', 'trivial', 'moderate', 'severe')),
  creator text not null default '',
  deliverer text not null default '',
  deliverer_email text not null default '',
  description text not null default '',
  comment text not null default '',
  aperture text not null default '',
  pedigree text not null default '',
  history text not null default '',
  useafter_at text not null default '',
  delivered_at timestamptz(3),
  activated_at timestamptz(3),
  added_at timestamptz(3) not null default clock_timestamp(),
  primary key (observatory, name),
  check ((place = 'linked') = (linked_path is not null)),
  check (place <> 'kept' or (sha256 is not null and sha1 is not null and size_bytes is not null))
);
create index file_kind_idx on crds.file (observatory, kind, instrument, filekind, serial desc);
create index file_sha1_idx on crds.file (observatory, sha1);
create index file_bad_idx on crds.file (observatory) where rejected or blacklisted;
create index file_waiting_idx on crds.file (state_since)
  where state in ('submitted', 'delivered', 'archiving', 'archiving-failed');
create index file_added_at_idx on crds.file (observatory, added_at desc, name desc);
create index file_uploaded_idx on crds.file (observatory, name) where state = 'uploaded';

-- Which files a mapping names: the whole graph of contexts, mappings and references. A row without its mapping would
-- be wrong; they are written together and go together (a trigger below), without a check of each of a million rows.
create table crds.mapping_use (
  observatory text not null,
  mapping text collate "C" not null,
  used text collate "C" not null,
  primary key (observatory, mapping, used)
);
create index mapping_use_used_idx on crds.mapping_use (observatory, used);

create function crds.forget_uses() returns trigger language plpgsql as $$
begin
  delete from crds.mapping_use u using former f where u.observatory = f.observatory and u.mapping = f.name;
  return null;
end $$;
create trigger file_deleted_uses after delete on crds.file
  referencing old table as former for each statement execute function crds.forget_uses();

-- When the latest context changed; only ever added to.
create table crds.context_history (
  context_history_id bigint generated always as identity primary key,
  observatory text not null references crds.observatory,
  started_at timestamptz(3) not null default clock_timestamp(),
  context text not null,
  description text not null default '',
  changed_by text not null
);
create function crds.refuse_rewriting() returns trigger language plpgsql as $$
begin
  raise exception 'the history of contexts is only added to';
end $$;
create trigger history_stays before update or delete on crds.context_history
  for each row execute function crds.refuse_rewriting();
create index context_history_started_at_idx on crds.context_history (observatory, started_at desc, context_history_id desc);

-- Context that belongs to a version of the calibration software.
create table crds.build_context (
  observatory text not null references crds.observatory,
  calibration_version text not null,
  context text not null,
  set_at timestamptz(3) not null default clock_timestamp(),
  set_by text not null,
  primary key (observatory, calibration_version)
);

-- What context pipelines elsewhere say they use (crds sync --push-context).
create table crds.remote_context (
  observatory text not null references crds.observatory,
  pipeline text not null,
  kind text not null,
  context text not null,
  pushed_at timestamptz(3) not null default clock_timestamp(),
  primary key (observatory, pipeline)
);

-- The last serial number given out for a name without its serial; taken by update, so two callers never share one.
create table crds.serial (
  observatory text not null references crds.observatory,
  generic text not null,
  last_serial integer not null,
  primary key (observatory, generic)
);

-- Any change of what server info is made of makes it new.
create function crds.files_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    update crds.observatory o set version = o.version + 1, changed_at = clock_timestamp()
      where o.observatory in (select n.observatory from changed n);
  else
    update crds.observatory o set version = o.version + 1, changed_at = clock_timestamp()
      where o.observatory in (select f.observatory from former f);
  end if;
  return null;
end $$;

create trigger file_inserted after insert on crds.file
  referencing new table as changed for each statement execute function crds.files_changed();
create trigger file_updated after update on crds.file
  referencing old table as former for each statement execute function crds.files_changed();
create trigger file_deleted after delete on crds.file
  referencing old table as former for each statement execute function crds.files_changed();
create trigger history_inserted after insert on crds.context_history
  referencing new table as changed for each statement execute function crds.files_changed();
create trigger build_inserted after insert on crds.build_context
  referencing new table as changed for each statement execute function crds.files_changed();
create trigger build_updated after update on crds.build_context
  referencing old table as former for each statement execute function crds.files_changed();

create function crds.observatory_changed() returns trigger language plpgsql as $$
begin
  if new.version = old.version then
    new.version := old.version + 1;
    new.changed_at := clock_timestamp();
  end if;
  return new;
end $$;
create trigger observatory_updated before update on crds.observatory
  for each row execute function crds.observatory_changed();
