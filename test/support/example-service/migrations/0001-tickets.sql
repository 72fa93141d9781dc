-- compatible
create schema example;

create table example.ticket (
  ticket_id bigint generated always as identity primary key,
  state text not null default 'ready' check (state in ('ready', 'claimed', 'done')),
  worker text
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index ticket_ready_idx on example.ticket (ticket_id) where state = 'ready';

create table example.history (
  ticket_id bigint not null,
  at timestamptz(3) not null default clock_timestamp(),
  state text not null
);

-- A task's effect in the database. No unique index on purpose: twice the same ticket shows that a task took effect twice.
create table example.effect (
  ticket_id bigint not null,
  at timestamptz(3) not null default clock_timestamp(),
  fence bigint not null,
  process_id text not null
);

-- One row a tick, whoever ran it and however often.
create table example.tick (
  due_at timestamptz(3) primary key,
  process_id text not null
);

-- Each run of a tick, as it began: a tick is run again when the process that ran it died before it said so.
create table example.tick_run (
  due_at timestamptz(3) not null,
  at timestamptz(3) not null default clock_timestamp(),
  fence bigint not null,
  process_id text not null
);
