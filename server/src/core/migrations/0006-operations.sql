-- compatible
-- The processes that share this database; each renews its row every five seconds.
create table core.process (
  process_id text primary key,
  host text not null,
  pid int not null,
  role text not null check (role in ('all', 'web', 'worker')),
  version text not null,
  started_at timestamptz(3) not null default clock_timestamp(),
  seen_at timestamptz(3) not null default clock_timestamp(),
  draining boolean not null default false,
  slots int not null,
  memory_mb real not null,
  loop_delay_p99_ms real not null,
  open_waits int not null,
  open_streams int not null
);

-- Requests per minute and family of calls: the capacity page's A and R.
create table core.request_minute (
  minute timestamptz(3) not null,
  process_id text not null,
  family text not null,
  requests int not null,
  total_ms double precision not null,
  primary key (minute, process_id, family)
);
