-- compatible
-- What the storage of a queue is called and how it is reached; the document is what pilots download.
create table panda.endpoint (
  endpoint text primary key,
  document jsonb not null,
  version integer not null default 1,
  changed_by text not null,
  modified_at timestamptz(3) not null default clock_timestamp()
);

-- The command line changes queues without the server: the event is written by the database.
create function panda.announce_queue() returns trigger language plpgsql as $$
begin
  perform core.publish_event('panda.queue', new.queue,
    jsonb_build_object('queue', new.queue, 'status', new.status, 'version', new.version));
  return null;
end $$;
create trigger queue_changed after insert or update on panda.queue
  for each row execute function panda.announce_queue();

-- The file cache: sandboxes, logs, checkpoints. The bytes are in the file store; a name is given once.
create table panda.cache_file (
  name text collate "C" primary key check (octet_length(name) between 1 and 300),
  sha256 text not null,
  size_bytes bigint not null,
  -- CRC-32 out of the last eight bytes of gzip; null where there are fewer
  checksum bigint,
  owner_account_id bigint,
  created_at timestamptz(3) not null default clock_timestamp(),
  -- Put, touched or read; what nobody wants any more goes.
  touched_at timestamptz(3) not null default clock_timestamp()
);
create index cache_file_touched_at_idx on panda.cache_file (touched_at);
create index cache_file_owner_idx on panda.cache_file (owner_account_id, size_bytes, checksum);

-- Sandboxes that users have sent to other hosts, told by those: they are not sent again.
create table panda.sandbox (
  host text not null,
  name text not null,
  owner text not null,
  size_bytes bigint not null,
  checksum text not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (host, name)
);
create index sandbox_owner_idx on panda.sandbox (owner, size_bytes, checksum);
create index sandbox_created_at_idx on panda.sandbox (created_at);

-- Keys that pilots show to have their token renewed; known by their hash alone.
create table panda.token_key (
  key_hash bytea primary key,
  client_name text not null,
  account_id bigint not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  expires_at timestamptz(3) not null
);
create index token_key_expires_at_idx on panda.token_key (expires_at);

-- Secrets that users hand to their jobs, each sealed under the server's key, which is not in the database.
create table panda.secret (
  account_id bigint not null,
  key text not null,
  sealed bytea not null,
  modified_at timestamptz(3) not null default clock_timestamp(),
  primary key (account_id, key)
);
