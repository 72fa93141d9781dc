-- compatible
-- Pilots that this server has started for a queue, by the document's pilotFactory.
create table panda.pilot_run (
  pilot_run_id bigint generated always as identity primary key,
  queue text not null,
  -- The run in core.compute; null once it was removed.
  run_id text unique,
  token_id text not null,
  -- Jobs that waited when it was started.
  demand integer not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  started_at timestamptz(3),
  ended_at timestamptz(3),
  host text,
  -- How it ended, for people; and what it said last.
  ending text,
  exit_code integer,
  last_words text,
  -- Jobs it ran; null until its end was looked at.
  jobs integer
);
create index pilot_run_live_idx on panda.pilot_run (queue) where ended_at is null;
create index pilot_run_ended_idx on panda.pilot_run (queue, ended_at desc) where ended_at is not null;
create index pilot_run_ended_at_idx on panda.pilot_run (ended_at);

-- Why no pilot could be started for a queue the last time it was tried.
create table panda.pilot_trouble (
  queue text primary key,
  why text not null,
  at timestamptz(3) not null default clock_timestamp()
);
