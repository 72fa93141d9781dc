-- compatible
-- Ends the run without giving it time to end by itself.
alter table core.compute_run add column stop_now boolean not null default false;
-- Whether a run may put programs of its own into namespaces of their own; told by each host when it starts.
alter table core.compute_backend add column nested boolean not null default false;
