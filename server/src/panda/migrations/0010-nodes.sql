-- compatible
-- When a Harvester took an order, and when it said that it had dealt with it.
alter table panda.harvester_command
  add column retrieved_at timestamptz(3),
  add column acknowledged_at timestamptz(3);
update panda.harvester_command set retrieved_at = status_since where status = 'retrieved';
update panda.harvester_command set acknowledged_at = status_since where status = 'acknowledged';
create index harvester_command_harvester_idx on panda.harvester_command (harvester_id, command_id);
create index harvester_dialog_newest_idx on panda.harvester_dialog (harvester_id, at, dialog_id);
create index harvester_metric_newest_idx on panda.harvester_metric (harvester_id, at);

-- The machine that a pilot or a batch system names: `slot1@node.example.org` is a slot of node.example.org.
create function panda.host_of(node text) returns text language sql immutable parallel safe
  return coalesce(nullif(substring(node from '@(.+)'), ''), node);

-- Jobs and workers of a machine. The index by the name as given is not needed beside it.
create index job_archive_host_idx on panda.job_archive (panda.host_of(node), job_id) where node is not null;
drop index panda.job_archive_node_idx;
create index worker_host_idx on panda.worker (panda.host_of(node), modified_at) where node is not null;
create index worker_harvester_idx on panda.worker (harvester_id, modified_at);
-- Workers that have not left their batch system, counted.
create index worker_live_idx on panda.worker (harvester_id, queue, status)
  where status in ('submitted', 'ready', 'running', 'idle');

-- Machines in the order of their lists.
create index worker_node_newest_idx on panda.worker_node (last_seen_at, site, host, cpu_model);
drop index panda.worker_node_last_seen_at_idx;
create index worker_node_host_idx on panda.worker_node (host);
create index worker_node_queue_queue_idx on panda.worker_node_queue (queue, site, host);
