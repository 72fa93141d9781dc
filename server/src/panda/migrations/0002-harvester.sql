-- compatible
alter table panda.worker
  add column pilot_started_at timestamptz(3),
  add column pilot_ended_at timestamptz(3),
  -- When Harvester was last told that its pilot is further than it believes.
  add column synced_at timestamptz(3);
create index worker_pilot_ahead_idx on panda.worker (modified_at)
  where pilot_status is not null and status in ('submitted', 'ready', 'running', 'idle');
create index job_worker_modified_at_idx on panda.job_worker (modified_at);

-- A running Harvester, as its heartbeats tell.
create table panda.harvester (
  harvester_id text primary key,
  description text not null,
  -- Who speaks for it, and from where.
  owner text,
  host text,
  software_version text,
  commit_stamp text,
  started_at timestamptz(3),
  last_seen_at timestamptz(3),
  -- What it wants to be told: [{command, computingSite, resourceType}]
  commands jsonb not null default '[]',
  created_at timestamptz(3) not null default clock_timestamp()
);

-- Orders to a Harvester, taken in the order of their numbers.
create table panda.harvester_command (
  command_id bigint generated always as identity primary key,
  harvester_id text not null,
  command text not null,
  params jsonb,
  ack_requested boolean not null default false,
  status text not null default 'new' check (status in ('new', 'retrieved', 'acknowledged')),
  status_since timestamptz(3) not null default clock_timestamp(),
  created_by text not null,
  created_at timestamptz(3) not null default clock_timestamp()
);
create index harvester_command_new_idx on panda.harvester_command (harvester_id, command_id) where status = 'new';
create index harvester_command_created_at_idx on panda.harvester_command (created_at);

-- What a Harvester says of itself, for people.
create table panda.harvester_dialog (
  harvester_id text not null,
  dialog_id bigint not null,
  module text not null,
  identifier text,
  level text not null,
  message text not null,
  at timestamptz(3) not null,
  primary key (harvester_id, dialog_id)
);
create index harvester_dialog_at_idx on panda.harvester_dialog (at);

-- Figures of the machines Harvesters run on.
create table panda.harvester_metric (
  harvester_id text not null,
  host text not null,
  at timestamptz(3) not null,
  metrics jsonb not null,
  -- The same report sent again changes nothing.
  primary key (harvester_id, host, at)
);
create index harvester_metric_at_idx on panda.harvester_metric (at);

-- How many workers a Harvester has in a queue; replaced with each report.
create table panda.worker_statistics (
  harvester_id text not null,
  queue text not null,
  job_type text not null,
  resource_type text not null,
  status text not null,
  workers integer not null,
  at timestamptz(3) not null default clock_timestamp(),
  primary key (harvester_id, queue, job_type, resource_type, status)
);

-- How many slots a queue shall have, to build up job pressure. Empty share or resource type: all of them.
create table panda.target_slots (
  queue text not null,
  share text not null default '',
  resource_type text not null default '',
  slots integer not null check (slots >= 0),
  expires_at timestamptz(3),
  modified_at timestamptz(3) not null default clock_timestamp(),
  modified_by text not null,
  primary key (queue, share, resource_type)
);

-- Machines that pilots have seen from inside.
create table panda.worker_node (
  site text not null,
  host text not null,
  cpu_model text not null,
  -- Without clock, cache and marketing, so that the same processor has one name.
  cpu_model_normalized text not null,
  logical_cpus integer,
  sockets integer,
  cores_per_socket integer,
  threads_per_core integer,
  architecture text,
  architecture_level text,
  clock_mhz real,
  memory_mb bigint,
  disk_gb bigint,
  first_seen_at timestamptz(3) not null default clock_timestamp(),
  last_seen_at timestamptz(3) not null default clock_timestamp(),
  primary key (site, host, cpu_model)
);
create index worker_node_last_seen_at_idx on panda.worker_node (last_seen_at);

create table panda.worker_node_queue (
  site text not null,
  host text not null,
  queue text not null,
  last_seen_at timestamptz(3) not null default clock_timestamp(),
  primary key (site, host, queue)
);
create index worker_node_queue_last_seen_at_idx on panda.worker_node_queue (last_seen_at);

create table panda.worker_node_gpu (
  site text not null,
  host text not null,
  vendor text not null,
  model text not null,
  gpus integer not null,
  memory_mb bigint,
  architecture text,
  framework text,
  framework_version text,
  driver_version text,
  first_seen_at timestamptz(3) not null default clock_timestamp(),
  last_seen_at timestamptz(3) not null default clock_timestamp(),
  primary key (site, host, vendor, model)
);
create index worker_node_gpu_last_seen_at_idx on panda.worker_node_gpu (last_seen_at);
