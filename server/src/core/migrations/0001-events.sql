-- compatible
-- Every state change is a row here, written in the transaction of the change and read by the feed.
create sequence core.event_id;

create table core.event (
  -- The transaction's id is taken before the event's: a reader that sees a gap can then tell from the
  -- transactions still running whether the gap can fill (server/src/core/events/feed.ts relies on it).
  event_id bigint not null default (case when pg_current_xact_id() is not null then nextval('core.event_id') end),
  created_at timestamptz(3) not null default clock_timestamp(),
  topic text not null,
  key text not null,
  data jsonb not null default '{}',
  primary key (created_at, event_id)
) partition by range (created_at);

create index event_event_id_idx on core.event (event_id);

-- A safety net only: the partition schedule creates the days ahead and reports rows that landed here.
create table core.event_default partition of core.event default;

do $$
begin
  for day in 0..7 loop
    execute format('create table core.%I partition of core.event for values from (%L) to (%L)',
      'event_p' || to_char((now() at time zone 'utc')::date + day, 'YYYYMMDD'),
      to_char((now() at time zone 'utc')::date + day, 'YYYY-MM-DD') || ' 00:00:00+00',
      to_char((now() at time zone 'utc')::date + day + 1, 'YYYY-MM-DD') || ' 00:00:00+00');
  end loop;
end $$;

-- For statements that change a row and announce it in one round trip; the caller says `events.committed()` after.
create function core.publish_event(topic text, key text, data jsonb) returns bigint
  language sql volatile
  as $$ insert into core.event (topic, key, data) values ($1, $2, $3) returning event_id $$;
