-- compatible
-- How an observatory and the server that it mirrors get on.
create table crds.mirror (
  observatory text primary key references crds.observatory on delete cascade,
  -- Base address of the server, as set when it was last asked.
  upstream text not null,
  next_at timestamptz(3) not null default clock_timestamp(),
  asked_at timestamptz(3),
  -- The last time that everything it said was taken in.
  answered_at timestamptz(3),
  -- Since when it has not answered, or what it says cannot be taken in; null while all is well.
  failing_since timestamptz(3),
  failures integer not null default 0,
  error text not null default '',
  -- Digest of what it said when everything was taken in: the same again needs no further look.
  taken_in text not null default '',
  -- Files it has, and of those the mappings that are not here yet.
  files integer not null default 0,
  missing_mappings integer not null default 0
);

-- Files that the upstream server could not give, or gave with other bytes than it says.
create table crds.mirror_failure (
  observatory text not null references crds.observatory on delete cascade,
  name text not null,
  failures integer not null default 1,
  error text not null,
  first_at timestamptz(3) not null default clock_timestamp(),
  last_at timestamptz(3) not null default clock_timestamp(),
  -- Until then nobody is made to wait for it again.
  next_at timestamptz(3) not null,
  primary key (observatory, name)
);
