-- compatible
-- Folders that files were imported from; what lies in a linked one and is not in the catalogue is an orphan.
create table crds.import_folder (
  observatory text not null references crds.observatory,
  -- Absolute, without links.
  folder text not null,
  reference_mode text not null check (reference_mode in ('link', 'copy', 'none')),
  started_at timestamptz(3) not null default clock_timestamp(),
  -- Null while an import runs, or when it was killed.
  finished_at timestamptz(3),
  report jsonb,
  primary key (observatory, folder)
);

-- What an import has read of a folder: the next one reads a file again only when its size or time is another.
create table crds.imported_file (
  observatory text not null,
  folder text not null,
  path text collate "C" not null,
  name text collate "C" not null,
  size_bytes bigint not null,
  -- Microseconds since 1970.
  modified_us bigint not null,
  sha1 text not null,
  primary key (observatory, folder, path),
  foreign key (observatory, folder) references crds.import_folder on delete cascade
);

-- When the bytes of a file were last read and compared with the catalogue.
create table crds.file_proof (
  observatory text not null,
  name text collate "C" not null,
  result text not null check (result in ('sound', 'damaged', 'missing', 'unreadable')),
  -- A sentence for people where the result is not sound.
  found text not null default '',
  checked_at timestamptz(3) not null default clock_timestamp(),
  -- The last time it was sound; null when it never was.
  sound_at timestamptz(3),
  -- Since when it is not; null while it is.
  wrong_since timestamptz(3),
  primary key (observatory, name),
  foreign key (observatory, name) references crds.file (observatory, name) on delete cascade,
  check ((result = 'sound') = (wrong_since is null))
);
create index file_proof_wrong_idx on crds.file_proof (observatory, wrong_since) where result <> 'sound';

-- The check goes through the catalogue by name, round after round.
create table crds.scrub_round (
  observatory text primary key references crds.observatory,
  round integer not null default 1,
  started_at timestamptz(3) not null default clock_timestamp(),
  after_name text collate "C" not null default '',
  checked_files bigint not null default 0,
  checked_bytes bigint not null default 0,
  wrong_files bigint not null default 0,
  -- Null until its end; then the check rests until the next round is due.
  finished_at timestamptz(3),
  orphans_looked_at timestamptz(3)
);

-- Files that lie where ours lie and that the catalogue does not know.
create table crds.orphan (
  observatory text not null references crds.observatory,
  place text not null check (place in ('linked', 'published')),
  path text collate "C" not null,
  size_bytes bigint not null,
  modified_at timestamptz(3) not null,
  found_at timestamptz(3) not null default clock_timestamp(),
  seen_at timestamptz(3) not null default clock_timestamp(),
  primary key (observatory, place, path)
);

-- How the read-only folder for clients stands.
create table crds.publication (
  observatory text primary key references crds.observatory,
  folder text not null,
  -- Version of the observatory that server_config there has; null before the first.
  published_version bigint,
  published_at timestamptz(3),
  latest_context text,
  files bigint not null default 0,
  -- Of the last run, whatever came of it.
  tried_version bigint not null,
  tried_at timestamptz(3) not null default clock_timestamp(),
  problem text not null default ''
);

-- The nightly report of each observatory.
create table crds.report (
  report_id bigint generated always as identity primary key,
  observatory text not null references crds.observatory,
  made_at timestamptz(3) not null default clock_timestamp(),
  -- One a night, however often it is made.
  day date not null,
  content jsonb not null,
  unique (observatory, day)
);
