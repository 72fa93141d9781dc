-- compatible
-- What may be done when a job fails (RETRYACTIONS of the reference). An inactive one is only written down.
create table panda.retry_action (
  action text primary key,
  active boolean not null default true,
  description text not null
);

insert into panda.retry_action (action, description) values
  ('no_retry', 'The files of the job are not tried again.'),
  ('limit_retry', 'The files of the job are tried at most maxAttempt times.'),
  ('increase_memory', 'The files of the job get the next larger step of memory.'),
  ('increase_memory_xtimes', 'The files of the job get their memory times the number of the attempt.'),
  ('increase_cputime', 'The task is asked to estimate its time anew.'),
  ('reduce_input_per_job', 'The task makes smaller jobs.');

-- Which error has which consequence (RETRYERRORS of the reference).
create table panda.retry_rule (
  retry_rule_id bigint generated always as identity primary key,
  action text not null references panda.retry_action,
  error_source text not null check (error_source in (
    'pilot', 'exe', 'sup', 'ddm', 'brokerage', 'jobDispatcher', 'taskBuffer', 'trans')),
  error_code integer not null,
  -- RE2; must fit from the start of the text, its dot also fits the end of a line. Null: any text.
  diag_pattern text,
  -- cmtConfig, AtlasRelease and queue of the job. Null: any.
  architecture text,
  release text,
  queue text,
  -- {maxAttempt} of limit_retry
  parameters jsonb not null default '{}',
  active boolean not null default true,
  description text not null default '',
  expires_at timestamptz(3),
  created_by text not null default 'orrery',
  created_at timestamptz(3) not null default clock_timestamp()
);
create index retry_rule_error_idx on panda.retry_rule (error_source, error_code);

insert into panda.retry_rule (action, error_source, error_code, diag_pattern, parameters, description) values
  ('increase_memory', 'pilot', 1212, null, '{}', 'The payload exceeded its memory.'),
  ('increase_memory', 'pilot', 1235, null, '{}', 'The payload and its children exceeded their memory.'),
  ('limit_retry', 'pilot', 1305, '.*(?i:no such file or directory|command not found)', '{"maxAttempt": 2}',
    'Something the payload calls is not there: one more try, on another node.'),
  ('no_retry', 'trans', 126, null, '{}', 'The script of the job cannot be executed.'),
  ('no_retry', 'trans', 127, null, '{}', 'The script of the job calls what does not exist.'),
  ('limit_retry', 'pilot', 1150, null, '{"maxAttempt": 2}', 'A looping payload loops again.'),
  ('limit_retry', 'pilot', 1106, null, '{"maxAttempt": 2}', 'The payload writes more to stdout than is allowed.');

-- What rules have done, or would have done were they active.
create table panda.retry_decision (
  at timestamptz(3) not null default clock_timestamp(),
  job_id bigint not null,
  attempt integer not null,
  retry_rule_id bigint not null,
  action text not null,
  active boolean not null,
  -- For people.
  effect text not null
);
create index retry_decision_job_id_idx on panda.retry_decision (job_id);
create index retry_decision_at_idx on panda.retry_decision (at);
