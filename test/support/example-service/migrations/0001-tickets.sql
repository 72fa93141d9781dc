-- compatible
create schema example;

create table example.ticket (
  ticket_id bigint generated always as identity primary key,
  state text not null default 'ready' check (state in ('ready', 'claimed', 'done')),
  worker text
) with (fillfactor = 80);
create index ticket_ready_idx on example.ticket (ticket_id) where state = 'ready';

create table example.history (
  ticket_id bigint not null,
  at timestamptz(3) not null default clock_timestamp(),
  state text not null
);

-- A task's effect in the database; twice the same ticket would be a task that took effect twice.
create table example.effect (
  ticket_id bigint not null,
  at timestamptz(3) not null default clock_timestamp()
);

create table example.tick (
  due_at timestamptz(3) not null,
  process_id text not null
);
