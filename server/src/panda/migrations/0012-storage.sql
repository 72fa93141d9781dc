-- compatible
-- What pilots have stored at endpoints of this server through its door, counted as it comes.
create table panda.storage_file (
  endpoint text not null,
  scope text not null,
  lfn text not null,
  -- The job that made it; null where a recount found it.
  job_id bigint,
  bytes bigint not null,
  stored_at timestamptz(3) not null default clock_timestamp(),
  primary key (endpoint, scope, lfn)
);
create index storage_file_job_id_idx on panda.storage_file (job_id) where job_id is not null;

-- Files that are on their way; what is announced counts as if it were there.
create table panda.storage_upload (
  upload_id text primary key,
  endpoint text not null,
  scope text not null,
  lfn text not null,
  job_id bigint not null,
  bytes bigint not null,
  -- Where it is until it is whole.
  part text not null,
  seen_at timestamptz(3) not null default clock_timestamp()
);
create index storage_upload_job_id_idx on panda.storage_upload (job_id);
create index storage_upload_seen_at_idx on panda.storage_upload (seen_at);

create table panda.storage_use (
  endpoint text primary key,
  bytes bigint not null default 0,
  files bigint not null default 0
);

-- One statement of any size changes the count of an endpoint once.
create function panda.count_storage() returns trigger language plpgsql as $$
declare
  is_file integer := case when tg_table_name = 'storage_file' then 1 else 0 end;
begin
  if tg_op in ('INSERT', 'UPDATE') then
    insert into panda.storage_use as known (endpoint, bytes, files)
    select endpoint, sum(bytes), count(*) * is_file from added group by endpoint order by endpoint
    on conflict (endpoint) do update set bytes = known.bytes + excluded.bytes, files = known.files + excluded.files;
  end if;
  if tg_op in ('DELETE', 'UPDATE') then
    insert into panda.storage_use as known (endpoint, bytes, files)
    select endpoint, -sum(bytes), -count(*) * is_file from gone group by endpoint order by endpoint
    on conflict (endpoint) do update set bytes = known.bytes + excluded.bytes, files = known.files + excluded.files;
  end if;
  return null;
end $$;
create trigger storage_file_added after insert on panda.storage_file
  referencing new table as added for each statement execute function panda.count_storage();
create trigger storage_file_changed after update on panda.storage_file
  referencing old table as gone new table as added for each statement execute function panda.count_storage();
create trigger storage_file_gone after delete on panda.storage_file
  referencing old table as gone for each statement execute function panda.count_storage();
create trigger storage_upload_added after insert on panda.storage_upload
  referencing new table as added for each statement execute function panda.count_storage();
create trigger storage_upload_gone after delete on panda.storage_upload
  referencing old table as gone for each statement execute function panda.count_storage();
