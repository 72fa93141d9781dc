-- compatible
-- Whether a job is one that a request may have: the cores of the pilot besides. Inlined by the planner like the one before.
create function panda.fits_request(
  j panda.job, labels text[], processing_type text, memory_mb integer, disk_mb integer, walltime_seconds integer,
  resource_type text, owner text, owner_account_id bigint, task_id bigint, background boolean, vos text[],
  memory_per_core_mb integer, most_cores integer)
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
    and ($13 = 0 or j.memory_mb <= $13::bigint * greatest(j.cores, 1))
    and ($14 = 0 or j.cores <= $14)
$$;

-- As before, with the cores of the pilot. Of 0006 hold the plan and what was rejected: the cores are one more
-- comparison with a row that is read anyway.
create or replace function panda.claim_jobs(wanted jsonb, takers jsonb, leaves text[])
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
      (e->>'background')::boolean as background,
      -- Absent in what a server of before sends.
      coalesce((e->>'memoryPerCoreMb')::integer, 0) as memory_per_core_mb,
      coalesce((e->>'mostCores')::integer, 0) as most_cores,
      case when e->'vos' <> 'null' then array(select jsonb_array_elements_text(e->'vos')) end as vos,
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
            r.resource_type, r.owner, r.owner_account_id, r.task_id, r.background, r.vos,
            r.memory_per_core_mb, r.most_cores)
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
                r.resource_type, r.owner, r.owner_account_id, r.task_id, r.background, r.vos,
                r.memory_per_core_mb, r.most_cores)
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
  -- A row is left where a pilot had gone before it was answered; its figures would be another attempt's.
  on conflict (job_id) do update set at = excluded.at, reports = 0,
    cpu_seconds = null, cores = null, mean_cores = null, n_events = null, n_input_files = null, max_rss_kb = null,
    max_vmem_kb = null, max_swap_kb = null, max_pss_kb = null, avg_rss_kb = null, avg_vmem_kb = null,
    avg_swap_kb = null, avg_pss_kb = null, tot_rchar_kb = null, tot_wchar_kb = null, tot_rbytes_kb = null,
    tot_wbytes_kb = null, rate_rchar = null, rate_wchar = null, rate_rbytes = null, rate_wbytes = null,
    memory_leak = null, memory_leak_x2 = null, job_metrics = null;
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

-- Nobody calls it any more: the function that did is replaced above.
drop function panda.fits_request(panda.job, text[], text, integer, integer, integer, text, text, bigint, bigint, boolean,
  text[], integer);
