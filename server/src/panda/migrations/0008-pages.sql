-- compatible
-- What the lists of finished jobs are read along, newest first: by what people filter with and few jobs have. Everything
-- else is looked at in passing, for as long as one page may take.
create index job_archive_unfinished_idx on panda.job_archive (job_id) where status <> 'finished';
create index job_archive_error_idx on panda.job_archive (error_source, error_code, job_id)
  where error_source is not null;
create index job_archive_owner_name_idx on panda.job_archive (owner, job_id);
create index job_archive_node_idx on panda.job_archive (node, job_id) where node is not null;
create index job_archive_name_idx on panda.job_archive (name text_pattern_ops, job_id) where name <> '';
-- Few live jobs have an error, and only those are written into this one.
create index job_error_idx on panda.job (job_id) where error_source is not null;
-- Failures of the last hours by owner, task or node.
create index job_archive_failed_at_idx on panda.job_archive (archived_at, job_id) where error_source is not null;
-- What began in the last hour. Rows are appended in the order of time, which makes a few pages of index enough.
create index job_history_at_idx on panda.job_history using brin (at) with (pages_per_range = 32, autosummarize = on);
