-- compatible
-- What pilots asked of each queue in each five minutes; every process adds its own counts every few seconds.
create table panda.queue_activity (
  queue text not null,
  slot timestamptz(3) not null,
  -- Slots that pilots offered, jobs they got, slots that stayed empty.
  asked bigint not null default 0,
  given bigint not null default 0,
  refused bigint not null default 0,
  -- Reports of pilots on jobs of the queue.
  reports bigint not null default 0,
  primary key (queue, slot)
);
create index queue_activity_slot_idx on panda.queue_activity (slot);

-- The last pilots of a queue, and why the last one that got nothing got nothing.
create table panda.queue_last_pilot (
  queue text primary key,
  asked_at timestamptz(3),
  node text,
  given_at timestamptz(3),
  refused_at timestamptz(3),
  refused_node text,
  -- A word for programs: offline, paused, role, nothing-fits, …
  refused_why text,
  -- What that pilot asked for: {"label": "user", "memoryMb": 2000, …}
  refused_request jsonb
) with (fillfactor = 70);

-- Whether a job is one that a request may have. Inlined by the planner, so that an index scan filters with it.
create function panda.fits_request(
  j panda.job, labels text[], processing_type text, memory_mb integer, disk_mb integer, walltime_seconds integer,
  resource_type text, owner text, owner_account_id bigint, task_id bigint, background boolean, vos text[])
  returns boolean language sql immutable parallel safe as $$
  select (j.label = any(labels) or j.processing_type = $3)
    and (memory_mb = 0 or j.memory_mb <= memory_mb)
    and (disk_mb = 0 or j.disk_mb <= disk_mb)
    and (walltime_seconds = 0 or j.walltime_seconds <= walltime_seconds)
    and ($7 is null or j.resource_type = $7)
    and ($8 is null or j.owner = $8)
    and ($9 is null or j.owner_account_id = $9)
    and ($10 is null or coalesce(j.task_id, j.request_id) = $10)
    and (not $11 or j.background)
    and (vos is null or j.vo is null or j.vo = any(vos))
$$;

-- Gives jobs to pilots: many requests in one transaction, which is what makes a commit cheap. `wanted` are the kinds of
-- jobs that are asked for, each with the places of the takers in `takers`, one place for each job. Each kind is served
-- in turn, so that none gets a job that an earlier one took, though both are of the same transaction and `skip locked`
-- does not see that; jobs that another process is giving away are skipped. Per kind the shares are asked one after
-- the other in the order of `leaves`, unknown ones last, and of each the best jobs are read from job_dispatch_idx
-- until there are enough: an index scan that stops at the first job that fits, whatever the number of jobs.
--
-- With a million activated jobs in 200 queues an empty share costs 8 microseconds, a job with its choice, history,
-- event, counters and heartbeat 150. Rejected:
-- - one statement with the shares sorted in a join: the planner's guess of the number of jobs chose a hash join that
--   reads the whole table to update ten rows;
-- - `order by array_position(leaves, share), priority desc, job_id limit n`: sorts every activated job of the queue;
-- - finding the shares of the queue first (panda.dispatch_shares): 100 microseconds for each request, so only many
--   leaves are worth it;
-- - reading all of a share in which nothing can fit, as long as there is a way to know: the shares in `hopeless` are
--   left out;
-- - a statement for each request: its commit and its triggers cost more than the choice.
-- The settings keep the plans, which stay for the life of a connection, from being made for an empty table.
create function panda.claim_jobs(wanted jsonb, takers jsonb, leaves text[])
  returns table (taker integer, job_id bigint, attempt integer, priority integer, debug boolean, document text)
  language plpgsql volatile rows 50
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set jit = off
  set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  many_leaves constant integer := 12;
  r record;
  round integer;
  shares text[];
  one_share text;
  missing integer;
  picked bigint[];
  taken bigint[] := '{}';
  -- Place in `takers` of whoever gets each taken job.
  places integer[] := '{}';
  -- Place in `taken` of each job.
  order_of jsonb;
begin
  for r in
    select e->>'queue' as queue, array(select jsonb_array_elements_text(e->'places')::integer) as places,
      array(select jsonb_array_elements_text(e->'labels')) as labels, e->>'processingType' as processing_type,
      (e->>'memoryMb')::integer as memory_mb, (e->>'diskMb')::integer as disk_mb,
      (e->>'walltimeSeconds')::integer as walltime_seconds, e->>'resourceType' as resource_type,
      e->>'owner' as owner, (e->>'ownerAccountId')::bigint as owner_account_id, (e->>'taskId')::bigint as task_id,
      (e->>'background')::boolean as background, case when e->'vos' <> 'null' then array(select jsonb_array_elements_text(e->'vos')) end as vos,
      (e->>'oldestFirst')::boolean as oldest_first,
      array(select jsonb_array_elements_text(e->'hopeless')) as hopeless
    from jsonb_array_elements(wanted) as e
  loop
    missing := cardinality(r.places);
    if r.oldest_first then
      picked := array(
        select j.job_id from panda.job j
        where j.status = 'activated' and j.queue = r.queue and j.job_id <> all (taken)
          and panda.fits_request(j, r.labels, r.processing_type, r.memory_mb, r.disk_mb, r.walltime_seconds,
            r.resource_type, r.owner, r.owner_account_id, r.task_id, r.background, r.vos)
        order by j.job_id limit missing for update skip locked);
      taken := taken || picked;
      missing := missing - cardinality(picked);
    else
      -- First the leaves as they are; what they leave open goes to the other shares that the queue has jobs of.
      for round in 1..2 loop
        exit when missing = 0;
        if round = 1 and cardinality(leaves) < many_leaves then shares := leaves;
        else shares := panda.dispatch_shares(r.queue, leaves, round = 2);
        end if;
        foreach one_share in array shares loop
          exit when missing = 0;
          continue when one_share = any (r.hopeless);
          picked := array(
            select j.job_id from panda.job j
            where j.status = 'activated' and j.queue = r.queue and j.share = one_share and j.job_id <> all (taken)
              and panda.fits_request(j, r.labels, r.processing_type, r.memory_mb, r.disk_mb, r.walltime_seconds,
                r.resource_type, r.owner, r.owner_account_id, r.task_id, r.background, r.vos)
            order by j.priority desc, j.job_id limit missing for update skip locked);
          taken := taken || picked;
          missing := missing - cardinality(picked);
        end loop;
      end loop;
    end if;
    places := places || r.places[1:cardinality(r.places) - missing];
  end loop;
  if cardinality(taken) = 0 then return; end if;
  insert into panda.heartbeat as known (job_id, at, reports)
  select one, clock_timestamp(), 0 from unnest(taken) as one
  on conflict (job_id) do update set at = excluded.at, reports = 0;
  if jsonb_path_exists(takers, '$[*].workerId') then perform panda.relate_workers(takers, taken, places); end if;
  select jsonb_object_agg(one, n) into order_of from unnest(taken) with ordinality as listed (one, n);
  return query
    with sent as (
      update panda.job j set status = 'sent', status_since = clock_timestamp(), modified_at = clock_timestamp(),
        started_at = clock_timestamp(), sent_count = j.sent_count + 1,
        (status_why, changed_by, node, computing_element, scheduler_id, background) = (
          select e->>'why', e->>'by', e->>'node', coalesce(e->>'computingElement', j.computing_element),
            coalesce(e->>'schedulerId', j.scheduler_id), j.background and (e->'background')::boolean
          from (select takers->(places[(order_of->>j.job_id::text)::integer]) as e offset 0) asked)
      where j.job_id = any (taken)
      returning (order_of->>j.job_id::text)::integer as n, j.job_id, j.attempt, j.priority, j.debug,
        (select s.document from panda.job_spec s where s.job_id = j.job_id) as document)
    select places[s.n], s.job_id, s.attempt, s.priority, s.debug, s.document from sent s order by s.n;
end $$;

-- Shares that a queue has activated jobs of, found by steps from one to the next in job_dispatch_idx: those of
-- `leaves`, in their order, or the other ones.
create function panda.dispatch_shares(in_queue text, leaves text[], other_ones boolean) returns text[]
  language sql stable as $$
  with recursive known (share) as (
    (select j.share from panda.job j where j.status = 'activated' and j.queue = in_queue order by j.share limit 1)
    union all
    select (select j.share from panda.job j
            where j.status = 'activated' and j.queue = in_queue and j.share > known.share order by j.share limit 1)
    from known where known.share is not null)
  select coalesce(array_agg(share order by array_position(leaves, share), share), '{}')
  from known where share is not null and (share = any (leaves)) <> other_ones
$$;

-- A job and the worker whose pilot took it. Only workers that Harvester has announced: an id that somebody made up
-- leaves no trace. A worker that is final stays final.
create function panda.relate_workers(takers jsonb, taken bigint[], places integer[]) returns void language sql as $$
  with named as materialized (
    select w.harvester_id, w.worker_id, t.job_id
    from unnest(taken, places) as t (job_id, place)
    join panda.worker w on w.harvester_id = takers->t.place->>'harvesterId'
      and w.worker_id = (takers->t.place->>'workerId')::bigint),
  related as (
    insert into panda.job_worker (harvester_id, worker_id, job_id) select * from named
    on conflict (harvester_id, worker_id, job_id) do update set modified_at = clock_timestamp())
  update panda.worker w set status = 'running', modified_at = clock_timestamp(),
    started_at = coalesce(w.started_at, clock_timestamp())
  where (w.harvester_id, w.worker_id) in (select n.harvester_id, n.worker_id from named n)
    and w.status not in ('running', 'finished', 'failed', 'cancelled', 'missed')
$$;
