-- compatible
create schema uws;

-- What may be run. A version is never changed; a job keeps the version it was made with.
create table uws.definition (
  definition_id bigint generated always as identity primary key,
  name text not null,
  version integer not null check (version > 0),
  content jsonb not null,
  -- SHA-256 of the content: the same file loaded twice makes no second version.
  content_hash text not null,
  created_by text not null,
  created_at timestamptz(3) not null,
  unique (name, version)
);

create table uws.job (
  job_id text primary key,
  definition_id bigint not null references uws.definition,
  -- Repeated from the definition: the list filters by it.
  definition text not null,
  run_id text,
  -- Null: made by a caller without an identity.
  owner_id text,
  phase text not null check (phase in ('PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED', 'ERROR', 'ABORTED',
    'UNKNOWN', 'HELD', 'SUSPENDED', 'ARCHIVED')),
  phase_since timestamptz(3) not null,
  created_at timestamptz(3) not null,
  started_at timestamptz(3),
  ended_at timestamptz(3),
  -- Seconds; 0 = unlimited.
  execution_duration integer not null check (execution_duration >= 0),
  destruction_at timestamptz(3),
  -- [{name, value, isDefault, files: [{fileName, mediaType, sizeBytes, hash, url}]}]
  parameters jsonb not null,
  -- {type, message, detail}
  error jsonb,
  -- The run of core/compute; null before the job is handed over.
  compute_run_id text,
  -- The final phase that waits for the results: {phase, why, error}.
  ending jsonb,
  -- Where it ran, as far as known.
  place jsonb
) with (fillfactor = 80);

create index job_created_at_idx on uws.job (created_at, job_id);
create index job_owner_id_created_at_idx on uws.job (owner_id, created_at, job_id);
create index job_definition_created_at_idx on uws.job (definition, created_at, job_id);
create index job_phase_created_at_idx on uws.job (phase, created_at, job_id);
-- Searching a part of a run id reads this index only.
create index job_run_id_idx on uws.job (created_at, job_id) include (run_id) where run_id is not null;
create index job_destruction_at_idx on uws.job (destruction_at) where phase <> 'ARCHIVED';
create index job_ended_at_idx on uws.job (ended_at) where ended_at is not null;
create index job_open_idx on uws.job (phase_since)
  where phase in ('QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED', 'UNKNOWN');

create table uws.job_phase (
  job_id text not null references uws.job on delete cascade,
  ordinal integer not null,
  phase text not null,
  at timestamptz(3) not null,
  why text not null,
  primary key (job_id, ordinal)
);

create table uws.result (
  job_id text not null references uws.job on delete cascade,
  name text not null,
  ordinal integer not null,
  file_name text not null,
  media_type text not null,
  size_bytes bigint not null,
  hash text not null,
  primary key (job_id, name)
);
