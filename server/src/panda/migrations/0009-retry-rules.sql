-- compatible
-- Whoever changes a rule names the version that was read, so that two operators do not overwrite one another. A rule that
-- was removed can be brought back, and still says what became of jobs in its time.
alter table panda.retry_rule add column version integer not null default 1,
  -- workQueue_ID of the job. Null: any.
  add column work_queue bigint,
  add column changed_by text not null default 'orrery',
  add column changed_at timestamptz(3) not null default clock_timestamp(),
  add column removed_at timestamptz(3);
update panda.retry_rule set changed_by = created_by, changed_at = created_at;

alter table panda.retry_action add column version integer not null default 1,
  add column changed_by text not null default 'orrery',
  add column changed_at timestamptz(3) not null default clock_timestamp();
update panda.retry_action set description = 'While no job of the task has finished, its time per event becomes what the '
  'failed job took, times 1.5; later the task is asked to measure anew.' where action = 'increase_cputime';
update panda.retry_action set description = 'The next jobs of the task get half, a quarter, and at last a single file or '
  'gigabyte of input.' where action = 'reduce_input_per_job';

-- Which error it was about; null for decisions before this was written down.
alter table panda.retry_decision add column error_source text, add column error_code integer;
create index retry_decision_rule_idx on panda.retry_decision (retry_rule_id, at desc, job_id);

-- How many decisions there were of each rule; appended and folded in like the tally, so that no two transactions wait
-- for each other on a counter.
create table panda.retry_count (
  retry_rule_id bigint not null,
  hour timestamptz(3) not null,
  active boolean not null,
  jobs bigint not null,
  last_at timestamptz(3) not null,
  primary key (retry_rule_id, hour, active)
);
create table panda.retry_count_change (
  retry_count_change_id bigint generated always as identity primary key,
  like panda.retry_count
);
insert into panda.retry_count
  select retry_rule_id, date_trunc('hour', at, 'UTC'), active, count(*), max(at) from panda.retry_decision group by 1, 2, 3;
