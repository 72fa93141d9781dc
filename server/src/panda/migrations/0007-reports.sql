-- compatible
-- Free figures of a payload change with each report: here they cost no version of the job's row.
alter table panda.heartbeat add column job_metrics text;
-- Half a million rows, each written every half hour: dead versions are cleared long before a fifth of them is dead.
alter table panda.heartbeat set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.5);
