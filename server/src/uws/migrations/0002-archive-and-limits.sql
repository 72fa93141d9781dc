-- compatible

-- Bytes of the inputs that are kept for a job: those of its files that have a hash.
create function uws.input_bytes(parameters jsonb) returns bigint immutable parallel safe
return (select coalesce(sum((file ->> 'sizeBytes')::bigint), 0)::bigint
        from jsonb_path_query(parameters, '$[*].files[*] ? (@.hash != null)') as file);

alter table uws.job
  add column input_bytes bigint not null generated always as (uws.input_bytes(parameters)) stored,
  -- ARCHIVED jobs: the phase before, and when the rest of the job goes.
  add column archived_from text check (archived_from in ('COMPLETED', 'ERROR', 'ABORTED')),
  add column remove_at timestamptz(3),
  -- SHA-256 of the internal_provenance.json that the script left; it stays when the job is archived.
  add column internal_provenance text,
  -- For the fetching of inputs: whether an administrator asked to run it, how often it was tried, when to try again.
  add column as_admin boolean not null default false,
  add column fetch_attempts integer not null default 0,
  add column fetch_after timestamptz(3);

create index job_remove_at_idx on uws.job (remove_at) where phase = 'ARCHIVED';
-- Limit of active jobs: read with the row of uws.owner_usage locked.
create index job_active_owner_id_idx on uws.job (owner_id)
  where phase in ('QUEUED', 'EXECUTING', 'SUSPENDED', 'UNKNOWN');
-- QUEUED and not handed to a computer: their inputs are being fetched.
create index job_fetch_idx on uws.job (owner_id, phase_since) where phase = 'QUEUED' and compute_run_id is null;

-- What each owner has, kept by the triggers below so that no writer can forget it. '' = callers without identity.
-- The row is also what two requests of one owner wait for when a limit is looked at.
create table uws.owner_usage (
  owner_id text primary key,
  -- Jobs that are not ARCHIVED.
  jobs bigint not null,
  input_bytes bigint not null
) with (fillfactor = 50);

insert into uws.owner_usage (owner_id, jobs, input_bytes)
select coalesce(owner_id, ''), count(*) filter (where phase <> 'ARCHIVED'), sum(input_bytes)
from uws.job group by 1;

create function uws.count_new_jobs() returns trigger language plpgsql as $$
begin
  insert into uws.owner_usage as usage (owner_id, jobs, input_bytes)
  select coalesce(owner_id, ''), count(*) filter (where phase <> 'ARCHIVED'), sum(input_bytes)
  from changed group by 1 order by 1
  on conflict (owner_id) do update
    set jobs = usage.jobs + excluded.jobs, input_bytes = usage.input_bytes + excluded.input_bytes;
  return null;
end $$;

create function uws.count_gone_jobs() returns trigger language plpgsql as $$
begin
  insert into uws.owner_usage as usage (owner_id, jobs, input_bytes)
  select coalesce(owner_id, ''), -count(*) filter (where phase <> 'ARCHIVED'), -sum(input_bytes)
  from changed group by 1 order by 1
  on conflict (owner_id) do update
    set jobs = usage.jobs + excluded.jobs, input_bytes = usage.input_bytes + excluded.input_bytes;
  return null;
end $$;

create function uws.count_changed_job() returns trigger language plpgsql as $$
begin
  update uws.owner_usage
  set jobs = jobs + (new.phase <> 'ARCHIVED')::int - (old.phase <> 'ARCHIVED')::int,
      input_bytes = owner_usage.input_bytes + new.input_bytes - old.input_bytes
  where owner_id = coalesce(new.owner_id, '');
  return null;
end $$;

create trigger job_count_new after insert on uws.job
  referencing new table as changed for each statement execute function uws.count_new_jobs();
create trigger job_count_gone after delete on uws.job
  referencing old table as changed for each statement execute function uws.count_gone_jobs();
create trigger job_count_changed after update on uws.job for each row
  when ((old.phase = 'ARCHIVED') <> (new.phase = 'ARCHIVED') or old.input_bytes <> new.input_bytes)
  execute function uws.count_changed_job();
