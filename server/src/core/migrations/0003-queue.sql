-- compatible

-- One rising number for every lease that is ever given: a later holder always has the larger one.
create sequence core.fence as bigint;

-- Tasks that are not finished. A finished task leaves this table and stays in core.task_run.
create table core.task (
  task_id     bigint generated always as identity primary key,
  kind        text not null,
  key         text,
  dedupe      text,
  payload     jsonb not null,
  priority    smallint not null default 0,
  state       text not null check (state in ('later', 'waiting', 'running', 'dead')),
  run_at      timestamptz(3) not null default clock_timestamp(),
  attempts    smallint not null default 0,
  lost        smallint not null default 0,
  fence       bigint not null default 0,
  process_id  text,
  continued   boolean not null default false,
  progress    real,
  note        text,
  last_error  text,
  created_at  timestamptz(3) not null default clock_timestamp(),
  started_at  timestamptz(3),
  check ((state = 'running') = (process_id is not null))
);
create index task_waiting_idx on core.task (kind, priority desc, task_id) where state = 'waiting';
create index task_later_idx on core.task (run_at) where state = 'later';
create index task_running_idx on core.task (process_id) where state = 'running';
create index task_dead_idx on core.task (kind, task_id) where state = 'dead';
-- Two processes that claim different tasks of one key at the same moment: the second one fails here and looks again.
create unique index task_key_idx on core.task (kind, key) where state = 'running' and key is not null;
create unique index task_dedupe_idx on core.task (kind, dedupe) where state in ('later', 'waiting') and dedupe is not null;
alter table core.task set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- A process that runs tasks. Its tasks are its own as long as the lease lasts.
create table core.task_worker (
  process_id   text primary key,
  lease_until  timestamptz(3) not null
) with (fillfactor = 70);

create table core.task_pause (
  kind       text primary key,
  reason     text not null,
  paused_at  timestamptz(3) not null default clock_timestamp()
);

-- Each attempt that ended, by day. The fence identifies the attempt.
create table core.task_run (
  task_id     bigint not null,
  fence       bigint not null,
  kind        text not null,
  key         text,
  payload     jsonb not null,
  attempt     smallint not null,
  outcome     text not null check (outcome in ('done', 'continued', 'failed', 'dead', 'lost', 'released')),
  process_id  text not null,
  error       text,
  progress    real,
  note        text,
  created_at  timestamptz(3) not null,
  started_at  timestamptz(3) not null,
  ended_at    timestamptz(3) not null
) partition by range (ended_at);
create index task_run_ended_idx on core.task_run (ended_at, fence);
create index task_run_task_idx on core.task_run (task_id);

-- A safety net only: the partition schedule creates the days ahead and reports rows that landed here.
create table core.task_run_default partition of core.task_run default;

do $$
begin
  for day in 0..7 loop
    execute format('create table core.%I partition of core.task_run for values from (%L) to (%L)',
      'task_run_p' || to_char((now() at time zone 'utc')::date + day, 'YYYYMMDD'),
      to_char((now() at time zone 'utc')::date + day, 'YYYY-MM-DD') || ' 00:00:00+00',
      to_char((now() at time zone 'utc')::date + day + 1, 'YYYY-MM-DD') || ' 00:00:00+00');
  end loop;
end $$;

create table core.schedule (
  name              text primary key,
  period            text not null,
  catch_up          text not null check (catch_up in ('once', 'skip')),
  next_due          timestamptz(3) not null,
  run_now           boolean not null default false,
  paused_reason     text,
  process_id        text,
  fence             bigint not null default 0,
  lease_until       timestamptz(3),
  running_due       timestamptz(3),
  last_process_id   text,
  last_started      timestamptz(3),
  last_duration_ms  int,
  last_outcome      text,
  last_error        text
) with (fillfactor = 50);

-- Each tick that was run: the primary key is what makes "once per tick" provable.
create table core.schedule_tick (
  name        text not null,
  due_at      timestamptz(3) not null,
  runs        smallint not null default 1,
  fence       bigint not null,
  process_id  text not null,
  started_at  timestamptz(3) not null,
  ended_at    timestamptz(3),
  outcome     text not null check (outcome in ('running', 'done', 'failed', 'skipped')),
  error       text,
  primary key (name, due_at)
);
create index schedule_tick_started_idx on core.schedule_tick (started_at);

create table core.lock (
  name         text primary key,
  owner        text not null,
  note         text not null,
  fence        bigint not null,
  acquired_at  timestamptz(3) not null,
  expires_at   timestamptz(3) not null
) with (fillfactor = 70);
