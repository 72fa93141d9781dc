-- compatible
-- Runs of commands: who asked, what is run, where it stands, how it ended.

create table core.compute_run (
  run_id        text primary key,
  -- Order of arrival.
  seq           bigint generated always as identity,
  owner_module  text not null,
  owner_kind    text not null,
  owner_id      text not null,
  -- Between the values of this column (users) slots are shared in turn.
  fair_key      text not null,
  backend       text not null,
  state         text not null default 'queued'
                check (state in ('queued', 'starting', 'running', 'ending', 'ended')),
  -- Command, environment, limits, network, readable paths.
  request       jsonb not null,
  -- Asked for by an administrator: may start where nothing isolates it.
  as_admin      boolean not null,
  -- Host and folder that executes it; the folder is reachable there only.
  host          text,
  slot          integer,
  -- Name of the run's folder below the folder of all runs; a new one for each attempt.
  folder        text,
  attempt       integer not null default 0,
  claimed_by    text,
  lease_until   timestamptz(3),
  -- Set when the run is to be stopped: why, and how the exit will be told.
  stop_reason   text,
  exit_code     integer,
  exit_signal   text,
  exit_reason   text
                check (exit_reason in ('exited', 'killed', 'time-limit', 'memory', 'output-limit', 'cancelled', 'lost')),
  exit_message  text,
  queued_at     timestamptz(3) not null default clock_timestamp(),
  started_at    timestamptz(3),
  ended_at      timestamptz(3),
  wall_seconds  double precision,
  cpu_seconds   double precision,
  peak_memory_mb double precision,
  check ((state = 'ended') = (exit_reason is not null)),
  check (state not in ('starting', 'running') or (host is not null and slot is not null))
);

create index compute_run_queued_idx on core.compute_run (backend, fair_key, seq) where state = 'queued';
create index compute_run_active_idx on core.compute_run (host, lease_until)
  where state in ('starting', 'running', 'ending');
-- One run at a time in a slot of a host, whatever its processes believe.
create unique index compute_run_slot_idx on core.compute_run (host, slot)
  where state in ('starting', 'running', 'ending');
create index compute_run_owner_idx on core.compute_run (owner_module, owner_kind, owner_id);
create index compute_run_ended_idx on core.compute_run (ended_at) where state = 'ended';

-- Files that a run finds in its folder when it starts; gone once it has ended.
create table core.compute_input (
  run_id    text not null references core.compute_run on delete cascade,
  path      text not null,
  content   bytea,
  sha256    text,
  namespace text,
  file      text,
  primary key (run_id, path)
);

-- When each fair key was last served, as a number that only grows.
create sequence core.compute_turn_seq;
create table core.compute_turn (
  fair_key  text primary key,
  turn      bigint not null,
  turned_at timestamptz(3) not null default clock_timestamp()
);

-- Who runs things at the moment, as it describes itself; a row not seen for a minute is gone.
create table core.compute_backend (
  host        text not null,
  name        text not null,
  slots       integer not null,
  isolation   text not null check (isolation in ('uid', 'namespace', 'none')),
  namespaces  boolean not null,
  why         text not null,
  seen_at     timestamptz(3) not null default clock_timestamp(),
  primary key (host, name)
);
