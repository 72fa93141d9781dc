-- compatible
-- Content-addressed files. A blob is one byte sequence in one realm: samples are a realm of their own, so that
-- nothing is ever shared between what may be hostile and what is not.
create table core.blob (
  realm text collate "C" not null check (realm in ('shared', 'sample')),
  sha256 text collate "C" not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint not null check (size_bytes >= 0),
  sha1 text collate "C" check (sha1 ~ '^[0-9a-f]{40}$'),
  md5 text collate "C" check (md5 ~ '^[0-9a-f]{32}$'),
  adler32 text collate "C" check (adler32 ~ '^[0-9a-f]{8}$'),
  -- Where the store keeps the bytes; never used twice, so removing an old key cannot hit a new upload.
  store_key text collate "C" unique,
  content bytea check (octet_length(content) < 32768),
  created_at timestamptz(3) not null default clock_timestamp(),
  verified_at timestamptz(3),
  damaged_at timestamptz(3),
  primary key (realm, sha256),
  check ((store_key is null) <> (content is null))
);

-- Why a blob is kept: an object of a service; with expires_at: the hold of an upload until a service takes it, or the
-- guard of one that has been announced, which gives the namespace nothing.
create table core.blob_reference (
  namespace text collate "C" not null check (namespace in ('reference', 'result', 'cache', 'sample')),
  sha256 text collate "C" not null,
  owner_kind text collate "C" not null,
  owner_id text collate "C" not null,
  name text collate "C" not null,
  realm text collate "C" not null
    generated always as (case when namespace = 'sample' then 'sample' else 'shared' end) stored,
  created_at timestamptz(3) not null default clock_timestamp(),
  expires_at timestamptz(3),
  primary key (namespace, sha256, owner_kind, owner_id, name),
  foreign key (realm, sha256) references core.blob (realm, sha256)
);
create index blob_reference_realm_sha256_idx on core.blob_reference (realm, sha256);
create index blob_reference_owner_idx on core.blob_reference (owner_kind, owner_id, name) where expires_at is null;
create index blob_reference_expires_at_idx on core.blob_reference (expires_at) where expires_at is not null;

-- Blobs that lost a reference: only these need a look, however many blobs there are.
create table core.blob_candidate (
  blob_candidate_id bigint generated always as identity primary key,
  realm text collate "C" not null,
  sha256 text collate "C" not null
);

-- Bytes to be removed from the store: their row is gone, or (due later) they were seen there without one.
create table core.blob_removal (
  store_key text collate "C" primary key,
  due_at timestamptz(3) not null default clock_timestamp()
);
create index blob_removal_due_at_idx on core.blob_removal (due_at);
