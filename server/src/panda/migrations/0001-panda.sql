-- compatible
create schema panda;

-- Job ids begin at 1, task ids at 10,000,000: panda-client takes smaller numbers for request ids.
create sequence panda.job_id_seq;
create sequence panda.file_id_seq;
create sequence panda.task_id_seq start 10000000;

-- A named computing resource (PanDA: "site", "PQ", computingSite). The document is what pilots download.
create table panda.queue (
  queue text primary key,
  site text not null,
  -- Null: every VO may use it.
  vo text,
  status text not null check (status in ('online', 'test', 'brokeroff', 'offline', 'paused')),
  status_reason text not null default '',
  status_since timestamptz(3) not null default clock_timestamp(),
  status_by text not null,
  document jsonb not null,
  version integer not null default 1,
  created_at timestamptz(3) not null default clock_timestamp(),
  modified_at timestamptz(3) not null default clock_timestamp()
);

create table panda.queue_version (
  queue text not null,
  version integer not null,
  document jsonb not null,
  status text not null,
  why text not null,
  changed_by text not null,
  at timestamptz(3) not null default clock_timestamp(),
  primary key (queue, version)
);

create table panda.downtime (
  downtime_id bigint generated always as identity primary key,
  queue text not null references panda.queue on delete cascade,
  starts_at timestamptz(3) not null,
  ends_at timestamptz(3) not null check (ends_at > starts_at),
  -- What the queue becomes while it lasts.
  status text not null check (status in ('test', 'brokeroff', 'offline', 'paused')),
  reason text not null,
  created_by text not null,
  created_at timestamptz(3) not null default clock_timestamp()
);
create index downtime_ends_at_idx on panda.downtime (ends_at);

create table panda.resource_type (
  name text primary key,
  min_cores integer,
  max_cores integer,
  -- MB per core.
  min_memory_mb integer,
  max_memory_mb integer,
  ordinal integer not null
);

-- Tree of percentages. A leaf takes the jobs that its matchers fit; the first leaf that fits wins.
create table panda.share (
  name text primary key,
  parent text references panda.share,
  value real not null check (value >= 0),
  ordinal integer not null,
  -- {label, workingGroup, campaign, processingType, transformation, vo, resourceType}: regular expressions, anchored at the start
  matchers jsonb not null default '{}',
  throttled boolean not null default false
);

-- Jobs that are not final. Final ones move to panda.job_archive in the transaction that ends them.
-- Every change of status is checked, counted, written down and announced by the triggers below.
create table panda.job (
  job_id bigint primary key default nextval('panda.job_id_seq'),
  status text not null check (status in (
    'pending', 'waiting', 'defined', 'assigned', 'activated', 'throttled',
    'sent', 'starting', 'stagein', 'running', 'stageout', 'holding', 'merging', 'transferring', 'finished', 'failed', 'cancelled', 'closed')),
  status_since timestamptz(3) not null default clock_timestamp(),
  -- Why it has this status, for people; written into the history with the change.
  status_why text not null default '',
  -- Who or what caused the last change: a pilot, an account, a part of the server.
  changed_by text not null default 'orrery',
  sub_status text,
  attempt integer not null default 1,
  max_attempt integer not null default 1,
  task_id bigint,
  request_id bigint,
  jobset_id bigint,
  name text not null default '',
  queue text not null,
  -- prodSourceLabel
  label text not null,
  processing_type text,
  working_group text,
  vo text,
  owner_account_id bigint,
  -- prodUserName: the owner as clients see it
  owner text not null,
  priority integer not null default 1000,
  assigned_priority integer not null default 1000,
  share text not null default 'Undefined',
  resource_type text not null default 'Undefined',
  cores integer not null default 1,
  -- MB; 0 = unknown
  memory_mb integer not null default 0,
  disk_mb integer not null default 0,
  -- Seconds; 0 = unknown
  walltime_seconds integer not null default 0,
  cpu_seconds integer not null default 0,
  -- Computing power it takes; cores times the power of one
  hs06 real not null default 10,
  background boolean not null default false,
  -- commandToPilot
  command text,
  debug boolean not null default false,
  scheduler_id text,
  pilot_id text,
  batch_id text,
  -- modificationHost: the worker node
  node text,
  computing_element text,
  sent_count integer not null default 0,
  -- A final report of the pilot waits for the adder.
  reported boolean not null default false,
  -- 'holding' or 'transferring' was set by the pilot itself.
  set_by_pilot boolean not null default false,
  created_at timestamptz(3) not null default clock_timestamp(),
  modified_at timestamptz(3) not null default clock_timestamp(),
  started_at timestamptz(3),
  ended_at timestamptz(3),
  -- The error that says most, of `errors`.
  error_source text,
  error_code integer,
  -- {"pilot": {"code": 1305, "diag": "…"}, "exe": …, "trans", "sup", "ddm", "brokerage", "jobDispatcher", "taskBuffer"}
  errors jsonb,
  -- Texts the pilot reported that seldom change: {pilotTiming, cpuUnit, cpuArchitecture, jobMetrics, …}
  facts jsonb
) with (fillfactor = 70);

-- getJob: the best jobs of a share in a queue; the oldest jobs of a queue.
create index job_dispatch_idx on panda.job (queue, share, priority desc, job_id) where status = 'activated';
create index job_oldest_idx on panda.job (queue, job_id) where status = 'activated';
-- Watchdogs: everything but the states whose clock is the heartbeat.
create index job_waiting_idx on panda.job (status, status_since)
  where status not in ('activated', 'starting', 'running', 'stagein', 'stageout');
create index job_activated_since_idx on panda.job (status_since) where status in ('activated', 'starting');
create index job_task_id_idx on panda.job (task_id, job_id);
create index job_owner_idx on panda.job (owner_account_id, job_id);

-- The states a job may go from and to; server/src/panda/states.ts is the same table for the code, a test compares.
create table panda.job_transition (
  from_status text not null,
  to_status text not null,
  primary key (from_status, to_status)
);

insert into panda.job_transition (from_status, to_status) values
  ('pending', 'waiting'), ('pending', 'defined'), ('pending', 'assigned'), ('pending', 'activated'),
  ('pending', 'failed'), ('pending', 'cancelled'), ('pending', 'closed'), ('waiting', 'pending'),
  ('waiting', 'defined'), ('waiting', 'assigned'), ('waiting', 'activated'), ('waiting', 'failed'),
  ('waiting', 'cancelled'), ('waiting', 'closed'), ('defined', 'pending'), ('defined', 'waiting'),
  ('defined', 'assigned'), ('defined', 'activated'), ('defined', 'failed'), ('defined', 'cancelled'),
  ('defined', 'closed'), ('assigned', 'defined'), ('assigned', 'waiting'), ('assigned', 'activated'),
  ('assigned', 'failed'), ('assigned', 'cancelled'), ('assigned', 'closed'), ('activated', 'defined'),
  ('activated', 'throttled'), ('activated', 'sent'), ('activated', 'failed'), ('activated', 'cancelled'),
  ('activated', 'closed'), ('throttled', 'activated'), ('throttled', 'failed'), ('throttled', 'cancelled'),
  ('throttled', 'closed'), ('sent', 'starting'), ('sent', 'stagein'), ('sent', 'running'), ('sent', 'stageout'),
  ('sent', 'holding'), ('sent', 'transferring'), ('sent', 'activated'), ('sent', 'failed'), ('sent', 'cancelled'),
  ('sent', 'closed'), ('starting', 'stagein'), ('starting', 'running'), ('starting', 'stageout'),
  ('starting', 'holding'), ('starting', 'transferring'), ('starting', 'activated'), ('starting', 'failed'),
  ('starting', 'cancelled'), ('starting', 'closed'), ('stagein', 'starting'), ('stagein', 'running'),
  ('stagein', 'stageout'), ('stagein', 'holding'), ('stagein', 'transferring'), ('stagein', 'activated'),
  ('stagein', 'failed'), ('stagein', 'cancelled'), ('stagein', 'closed'), ('running', 'stagein'),
  ('running', 'stageout'), ('running', 'holding'), ('running', 'transferring'), ('running', 'activated'),
  ('running', 'failed'), ('running', 'cancelled'), ('running', 'closed'), ('stageout', 'running'),
  ('stageout', 'holding'), ('stageout', 'transferring'), ('stageout', 'activated'), ('stageout', 'failed'),
  ('stageout', 'cancelled'), ('stageout', 'closed'), ('holding', 'merging'), ('holding', 'transferring'),
  ('holding', 'finished'), ('holding', 'activated'), ('holding', 'failed'), ('holding', 'cancelled'),
  ('holding', 'closed'), ('merging', 'transferring'), ('merging', 'finished'), ('merging', 'failed'),
  ('merging', 'cancelled'), ('merging', 'closed'), ('transferring', 'holding'), ('transferring', 'merging'),
  ('transferring', 'finished'), ('transferring', 'activated'), ('transferring', 'failed'),
  ('transferring', 'cancelled'), ('transferring', 'closed');

-- What never changes after submission. Partitioned by job id from the start: it stays when the job moves.
create table panda.job_spec (
  job_id bigint not null,
  -- jobPars: the command line behind the transformation
  parameters text not null,
  transformation text not null,
  -- The other attributes of a JobSpec that clients gave, by their wire names.
  attributes jsonb not null default '{}',
  -- What getJob answers, made when the job is activated; numbers that change later are put in at dispatch.
  document text,
  primary key (job_id)
) partition by range (job_id);
create table panda.job_spec_default partition of panda.job_spec default;

create table panda.file (
  job_id bigint not null,
  file_id bigint not null default nextval('panda.file_id_seq'),
  -- Order in the lists of the job.
  ordinal integer not null,
  type text not null check (type in ('input', 'pseudo_input', 'output', 'log')),
  lfn text not null,
  scope text,
  dataset text,
  guid text,
  status text not null,
  size_bytes bigint,
  -- ad:<adler32> or md5:<md5>
  checksum text,
  -- destinationSE / ddmEndPoint
  endpoint text,
  surl text,
  n_events bigint,
  -- May be missing from the pilot's report.
  optional boolean not null default false,
  -- prodDBlock, tokens and other wire attributes that only travel
  attributes jsonb not null default '{}',
  task_id bigint,
  task_dataset_id bigint,
  task_file_id bigint,
  attempt integer not null default 0,
  primary key (job_id, file_id)
) partition by range (job_id);
create table panda.file_default partition of panda.file default;
create index file_dataset_idx on panda.file (dataset, job_id);
create index file_lfn_idx on panda.file (lfn);

-- Longer texts of a job: what is kept is named by `kind`.
create table panda.job_text (
  job_id bigint not null,
  kind text not null check (kind in ('metadata', 'pilot-log')),
  content text not null,
  at timestamptz(3) not null default clock_timestamp(),
  primary key (job_id, kind)
) partition by range (job_id);
create table panda.job_text_default partition of panda.job_text default;

-- Final jobs, by range of job id: a look-up by id probes one partition.
create table panda.job_archive (
  like panda.job including defaults,
  -- Last figures of the heartbeat: {cpuSeconds, maxRssKb, …}
  metrics jsonb,
  archived_at timestamptz(3) not null default clock_timestamp(),
  primary key (job_id)
) partition by range (job_id);
create table panda.job_archive_default partition of panda.job_archive default;
create index job_archive_ended_at_idx on panda.job_archive (archived_at, job_id);
create index job_archive_task_id_idx on panda.job_archive (task_id, job_id);
create index job_archive_owner_idx on panda.job_archive (owner_account_id, job_id);
create index job_archive_queue_idx on panda.job_archive (queue, job_id);

-- Liveness and figures of jobs that a pilot holds. Narrow, no second index: an update stays on its page.
create table panda.heartbeat (
  job_id bigint primary key,
  at timestamptz(3) not null,
  reports integer not null default 1,
  cpu_seconds integer,
  cores smallint,
  mean_cores real,
  n_events bigint,
  n_input_files integer,
  max_rss_kb integer, max_vmem_kb integer, max_swap_kb integer, max_pss_kb integer,
  avg_rss_kb integer, avg_vmem_kb integer, avg_swap_kb integer, avg_pss_kb integer,
  tot_rchar_kb bigint, tot_wchar_kb bigint, tot_rbytes_kb bigint, tot_wbytes_kb bigint,
  rate_rchar bigint, rate_wchar bigint, rate_rbytes bigint, rate_wbytes bigint,
  memory_leak real, memory_leak_x2 real
) with (fillfactor = 70);

-- stdout of jobs in debug mode; replaced each time.
create table panda.job_debug (
  job_id bigint primary key,
  stdout text not null,
  at timestamptz(3) not null
);

-- What a pilot said at the end; the adder makes the final state of it.
create table panda.output_report (
  job_id bigint not null,
  attempt integer not null,
  state text not null check (state in ('finished', 'failed')),
  report text not null,
  received_at timestamptz(3) not null default clock_timestamp(),
  -- How often the plugin asked for another try, and what it said.
  tries integer not null default 0,
  problem text,
  primary key (job_id, attempt)
);

create table panda.job_history (
  at timestamptz(3) not null default clock_timestamp(),
  job_id bigint not null,
  attempt integer not null,
  status text not null,
  previous text,
  queue text not null,
  node text,
  why text not null,
  changed_by text not null
) partition by range (at);
create table panda.job_history_default partition of panda.job_history default;
create index job_history_job_id_idx on panda.job_history (job_id, at);

-- How many live jobs there are of each kind. Changes are appended, so that no two transactions wait for each other
-- on a counter, and folded in every few seconds. The truth is tally plus the sum of its changes.
create table panda.tally (
  queue text not null,
  share text not null,
  label text not null,
  resource_type text not null,
  status text not null,
  jobs bigint not null,
  cores bigint not null,
  hs06 double precision not null,
  primary key (queue, share, label, resource_type, status)
);
create table panda.tally_change (
  tally_change_id bigint generated always as identity primary key,
  queue text not null,
  share text not null,
  label text not null,
  resource_type text not null,
  status text not null,
  jobs bigint not null,
  cores bigint not null,
  hs06 double precision not null
);
create view panda.tally_now as
  select queue, share, label, resource_type, status,
    sum(jobs)::bigint as jobs, sum(cores)::bigint as cores, sum(hs06) as hs06
  from (select queue, share, label, resource_type, status, jobs, cores, hs06 from panda.tally
        union all
        select queue, share, label, resource_type, status, jobs, cores, hs06 from panda.tally_change) both_of_them
  group by queue, share, label, resource_type, status
  having sum(jobs) <> 0;

-- How jobs ended, by hour; appended and folded in like the tally.
create table panda.outcome (
  hour timestamptz(3) not null,
  queue text not null,
  share text not null,
  label text not null,
  resource_type text not null,
  status text not null,
  error_source text not null default '',
  error_code integer not null default 0,
  jobs bigint not null,
  core_seconds double precision not null,
  primary key (hour, queue, share, label, resource_type, status, error_source, error_code)
);
create table panda.outcome_change (
  outcome_change_id bigint generated always as identity primary key,
  like panda.outcome
);

-- The error that says most: what broke the payload before what broke around it, bookkeeping last.
create function panda.main_error(errors jsonb) returns table (source text, code integer)
  language sql immutable as $$
  select s.source, ($1->s.source->>'code')::integer
  from unnest(array['pilot', 'exe', 'ddm', 'brokerage', 'jobDispatcher', 'taskBuffer', 'sup', 'trans'])
    with ordinality as s (source, n)
  where coalesce(($1->s.source->>'code')::integer, 0) <> 0 order by s.n limit 1 $$;

-- Plans are kept for the life of a connection and were made for the rows of the first statement, often one: without
-- nested loops a thousand rows take a thousand times as long and not a million times.
create function panda.check_transitions() returns trigger language plpgsql set enable_nestloop = off as $$
declare
  wrong text;
  announced bigint;
begin
  if TG_OP = 'UPDATE' then
    with changed as materialized (
      select a.job_id, a.attempt, a.status, b.status as previous, a.queue, a.node, a.status_why, a.changed_by, a.task_id,
        a.owner_account_id, a.status = b.status or exists (
          select from panda.job_transition t where t.from_status = b.status and t.to_status = a.status) as allowed
      from before b join after a using (job_id) where a.status <> b.status or a.attempt <> b.attempt),
    written as (
      insert into panda.job_history (job_id, attempt, status, previous, queue, node, why, changed_by)
      select job_id, attempt, status, previous, queue, node, status_why, changed_by from changed)
    select min(format('job %s cannot go from %s to %s', job_id, previous, status)) filter (where not allowed),
      count(core.publish_event('panda.job', job_id::text, jsonb_build_object(
        'status', status, 'queue', queue, 'task', task_id, 'account', owner_account_id)))
    into wrong, announced from changed;
    if wrong is not null then raise exception '%', wrong using errcode = 'check_violation'; end if;
    insert into panda.tally_change (queue, share, label, resource_type, status, jobs, cores, hs06)
    select queue, share, label, resource_type, status, sum(n), sum(n * cores), sum(n * hs06::double precision)
    from (select queue, share, label, resource_type, status, cores, hs06, 1 as n from after
          union all select queue, share, label, resource_type, status, cores, hs06, -1 from before) both_of_them
    group by queue, share, label, resource_type, status having sum(n) <> 0 or sum(n * cores) <> 0;
  elsif TG_OP = 'INSERT' then
    insert into panda.job_history (job_id, attempt, status, queue, node, why, changed_by)
    select job_id, attempt, status, queue, node, status_why, changed_by from after;
    perform core.publish_event('panda.job', job_id::text, jsonb_build_object(
      'status', status, 'queue', queue, 'task', task_id, 'account', owner_account_id)) from after;
    insert into panda.tally_change (queue, share, label, resource_type, status, jobs, cores, hs06)
    select queue, share, label, resource_type, status, count(*), sum(cores), sum(hs06::double precision)
    from after group by queue, share, label, resource_type, status;
  else
    insert into panda.tally_change (queue, share, label, resource_type, status, jobs, cores, hs06)
    select queue, share, label, resource_type, status, -count(*), -sum(cores), -sum(hs06::double precision)
    from before group by queue, share, label, resource_type, status;
  end if;
  return null;
end $$;

create trigger job_inserted after insert on panda.job
  referencing new table as after for each statement execute function panda.check_transitions();
create trigger job_updated after update on panda.job
  referencing old table as before new table as after for each statement execute function panda.check_transitions();
create trigger job_deleted after delete on panda.job
  referencing old table as before for each statement execute function panda.check_transitions();

-- Seconds that a job held one core. Pilots say when it began and ended, with clocks of their own: never less than
-- nothing, never more than a year. Nothing when one of the two is not known.
create function panda.held_seconds(began timestamptz, ended timestamptz) returns double precision
  language sql immutable parallel safe as $$
  select least(greatest(extract(epoch from ended - began)::double precision, 0), 31622400) $$;

create function panda.count_outcomes() returns trigger language plpgsql as $$
begin
  insert into panda.outcome_change (hour, queue, share, label, resource_type, status, error_source, error_code, jobs, core_seconds)
  select date_trunc('hour', archived_at, 'UTC'), queue, share, label, resource_type, status,
    coalesce(error_source, ''), coalesce(error_code, 0), count(*),
    sum(cores * panda.held_seconds(started_at, ended_at))
  from after group by 1, 2, 3, 4, 5, 6, 7, 8;
  return null;
end $$;
create trigger job_archived after insert on panda.job_archive
  referencing new table as after for each statement execute function panda.count_outcomes();

-- A submission of Harvester: something that runs pilots in a batch system.
create table panda.worker (
  harvester_id text not null,
  worker_id bigint not null,
  batch_id text,
  queue text not null,
  status text not null,
  -- started or finished, as its pilot says.
  pilot_status text,
  resource_type text,
  computing_element text,
  node text,
  cores integer,
  submitted_at timestamptz(3),
  started_at timestamptz(3),
  ended_at timestamptz(3),
  modified_at timestamptz(3) not null default clock_timestamp(),
  -- 1: a job of a final worker that still runs has failed.
  sync_level integer,
  error_code integer,
  -- stdOut, stdErr, batchLog, jdl, diagMessage, nativeStatus, … by their wire names
  attributes jsonb not null default '{}',
  primary key (harvester_id, worker_id)
) with (fillfactor = 80);
create index worker_queue_idx on panda.worker (queue, modified_at);
create index worker_modified_at_idx on panda.worker (modified_at);

create table panda.job_worker (
  harvester_id text not null,
  worker_id bigint not null,
  job_id bigint not null,
  modified_at timestamptz(3) not null default clock_timestamp(),
  primary key (harvester_id, worker_id, job_id)
);
create index job_worker_job_id_idx on panda.job_worker (job_id);

-- What users submit; the engine that turns tasks into jobs fills the rest.
create table panda.task (
  task_id bigint primary key default nextval('panda.task_id_seq'),
  parent_id bigint references panda.task,
  name text not null,
  status text not null,
  super_status text not null,
  old_status text,
  status_since timestamptz(3) not null default clock_timestamp(),
  owner_account_id bigint,
  owner text not null,
  label text not null,
  vo text,
  working_group text,
  type text not null,
  processing_type text,
  campaign text,
  assigned_priority integer not null,
  priority integer not null,
  share text,
  resource_type text,
  queue text,
  cloud text,
  request_id bigint,
  -- Two-letter switches: XX=value,…
  split_rule text not null default '',
  goal integer,
  error_dialog text,
  created_at timestamptz(3) not null default clock_timestamp(),
  modified_at timestamptz(3) not null default clock_timestamp(),
  started_at timestamptz(3),
  ended_at timestamptz(3),
  -- Resources, units, predictions: the other columns of the reference, by their wire names.
  attributes jsonb not null default '{}',
  -- The dictionary as submitted.
  parameters jsonb not null,
  template text
) with (fillfactor = 80);
create index task_owner_idx on panda.task (owner_account_id, task_id);
create index task_status_idx on panda.task (status, status_since)
  where status not in ('done', 'finished', 'failed', 'aborted', 'broken');
create index task_name_idx on panda.task (name);

create table panda.task_dataset (
  task_dataset_id bigint generated always as identity primary key,
  task_id bigint not null references panda.task,
  name text not null,
  container text,
  type text not null,
  status text not null,
  state text,
  stream text,
  master_id bigint references panda.task_dataset,
  queue text,
  endpoint text,
  n_files bigint not null default 0,
  n_files_to_be_used bigint not null default 0,
  n_files_used bigint not null default 0,
  n_files_finished bigint not null default 0,
  n_files_failed bigint not null default 0,
  n_files_on_hold bigint not null default 0,
  n_files_waiting bigint not null default 0,
  n_files_missing bigint not null default 0,
  n_events bigint not null default 0,
  n_events_used bigint not null default 0,
  attributes jsonb not null default '{}',
  created_at timestamptz(3) not null default clock_timestamp(),
  modified_at timestamptz(3) not null default clock_timestamp()
) with (fillfactor = 70);
create index task_dataset_task_id_idx on panda.task_dataset (task_id);

create table panda.task_file (
  task_dataset_id bigint not null references panda.task_dataset,
  task_file_id bigint generated always as identity,
  task_id bigint not null,
  lfn text not null,
  scope text,
  guid text,
  type text not null,
  status text not null,
  size_bytes bigint,
  checksum text,
  attempt integer not null default 0,
  max_attempt integer not null default 3,
  failed_attempts integer not null default 0,
  max_failures integer,
  first_event bigint,
  start_event bigint,
  end_event bigint,
  n_events bigint,
  keep_track boolean not null default true,
  memory_mb integer not null default 0,
  job_id bigint,
  attributes jsonb not null default '{}',
  modified_at timestamptz(3) not null default clock_timestamp(),
  primary key (task_dataset_id, task_file_id)
) with (fillfactor = 70);
create index task_file_ready_idx on panda.task_file (task_dataset_id, task_file_id) where status = 'ready';
create index task_file_job_id_idx on panda.task_file (job_id) where job_id is not null;

-- The built-in catalogue: collections of files and where the files are.
create table panda.dataset (
  dataset_id bigint generated always as identity primary key,
  scope text not null default '',
  name text not null,
  kind text not null check (kind in ('dataset', 'container')),
  -- input, output, log, lib, dispatch
  type text not null,
  state text not null check (state in ('open', 'closed', 'frozen', 'deleted')),
  task_id bigint,
  n_files bigint not null default 0,
  size_bytes bigint not null default 0,
  created_at timestamptz(3) not null default clock_timestamp(),
  modified_at timestamptz(3) not null default clock_timestamp(),
  unique (name)
) with (fillfactor = 80);

create table panda.dataset_member (
  container_id bigint not null references panda.dataset on delete cascade,
  dataset_id bigint not null references panda.dataset on delete cascade,
  primary key (container_id, dataset_id)
);

create table panda.dataset_file (
  dataset_id bigint not null references panda.dataset on delete cascade,
  lfn text not null,
  scope text,
  guid text,
  size_bytes bigint,
  checksum text,
  endpoint text,
  surl text,
  n_events bigint,
  job_id bigint,
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (dataset_id, lfn)
);
create index dataset_file_lfn_idx on panda.dataset_file (lfn);
