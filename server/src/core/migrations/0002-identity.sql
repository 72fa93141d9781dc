-- compatible
create table core.account (
  account_id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 64),
  display_name text not null,
  -- PHC string of argon2id; null = nobody signs in with a password (robots, accounts of an identity provider)
  password_hash text,
  -- chosen by its owner; given by an administrator; first = made at the first start. The last two must be changed
  -- before anything else is allowed, and the first one signs in from the machine itself only.
  password_state text not null check (password_state in ('none', 'chosen', 'given', 'first')),
  created_at timestamptz(3) not null default clock_timestamp(),
  created_by text not null,
  disabled_at timestamptz(3),
  check ((password_hash is null) = (password_state = 'none'))
);
create unique index account_name_idx on core.account (lower(name));

create table core.account_grant (
  account_id bigint not null references core.account on delete cascade,
  role text not null,
  scope text,
  granted_at timestamptz(3) not null default clock_timestamp(),
  granted_by text not null,
  unique nulls not distinct (account_id, role, scope)
);

create table core.api_token (
  -- `jti` of a JWT; for opaque tokens a number of the same kind that only we know
  token_id text primary key,
  account_id bigint not null references core.account on delete cascade,
  label text not null,
  -- SHA-256 of an opaque token; null for a JWT, which proves itself by its signature
  token_hash bytea unique,
  -- array of 'role' or 'role:scope'; null = everything the account holds
  grants text[],
  vo text,
  -- the token that asked for this one; it ends with it
  parent_token_id text references core.api_token on delete set null,
  created_at timestamptz(3) not null default clock_timestamp(),
  created_by text not null,
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  -- stored at most once a minute
  last_used_at timestamptz(3)
);
create index api_token_parent_token_id_idx on core.api_token (parent_token_id) where parent_token_id is not null;
create index api_token_account_id_idx on core.api_token (account_id, created_at);

create table core.session (
  -- public number, for lists and for ending a session; the cookie's value is known only by its hash
  session_id text primary key,
  session_hash bytea not null unique,
  account_id bigint not null references core.account on delete cascade,
  created_at timestamptz(3) not null default clock_timestamp(),
  seen_at timestamptz(3) not null default clock_timestamp(),
  -- slides with use, never beyond ends_at
  expires_at timestamptz(3) not null,
  ends_at timestamptz(3) not null,
  address text not null,
  user_agent text not null
);
create index session_account_id_idx on core.session (account_id);

create table core.signing_key (
  key_id text primary key,
  algorithm text not null check (algorithm = 'EdDSA'),
  public_key jsonb not null,
  -- nonce (12 bytes), AES-256-GCM of the PKCS #8 key, tag (16 bytes)
  private_key bytea not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  retired_at timestamptz(3)
);

-- One row per name and per address that somebody tried to sign in with.
create table core.login_attempt (
  subject text primary key,
  attempts int not null,
  window_ends_at timestamptz(3) not null
);
create index login_attempt_window_ends_at_idx on core.login_attempt (window_ends_at);

-- The trail itself is only ever inserted into, never deleted from. Partitioned by number, so that a page of the
-- list reads one partition.
create table core.audit (
  audit_id bigint generated always as identity primary key,
  at timestamptz(3) not null default clock_timestamp(),
  actor text not null,
  action text not null,
  object_kind text not null,
  object_id text not null,
  details jsonb not null,
  request_id text,
  address text
) partition by range (audit_id);
create table core.audit_1 partition of core.audit for values from (1) to (10000000);
create table core.audit_2 partition of core.audit for values from (10000000) to (20000000);
create table core.audit_3 partition of core.audit for values from (20000000) to (30000000);
create table core.audit_later partition of core.audit default;
create index audit_object_idx on core.audit (object_kind, object_id, audit_id);
create index audit_actor_idx on core.audit (actor, audit_id);

-- Entries that are not chained yet: written with the entry, taken away by the chain.
create table core.audit_pending (
  audit_id bigint primary key
);

-- The chain has its own sequence, because entries commit in another order than they are numbered.
create table core.audit_chain (
  chain_id bigint primary key,
  audit_id bigint not null unique,
  -- SHA-256 of the hash before and the entry
  hash bytea not null
);
