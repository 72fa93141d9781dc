import type { BackupRule, RetentionRule } from '../../core/module.ts';

/** How long things of Harvesters and their workers are kept (workers: as in PanDA's schema). */
export const harvesterRetention: readonly RetentionRule[] = [
  { table: 'panda.worker', column: 'modified_at', days: 60, what: 'workers of Harvesters' },
  { table: 'panda.job_worker', column: 'modified_at', days: 60, what: 'which worker ran which job' },
  { table: 'panda.harvester_command', column: 'created_at', days: 30, what: 'orders to Harvesters' },
  { table: 'panda.harvester_dialog', column: 'at', days: 30, what: 'messages of Harvesters' },
  { table: 'panda.harvester_metric', column: 'at', days: 30, what: 'figures of the machines of Harvesters' },
  { table: 'panda.worker_node', column: 'last_seen_at', days: 400, what: 'worker nodes' },
  { table: 'panda.worker_node_queue', column: 'last_seen_at', days: 400, what: 'queues of worker nodes' },
  { table: 'panda.worker_node_gpu', column: 'last_seen_at', days: 400, what: 'accelerators of worker nodes' },
];

export const harvesterBackup: readonly BackupRule[] = [
  'harvester',
  'harvester_command',
  'harvester_dialog',
  'harvester_metric',
  'worker_statistics',
  'target_slots',
  'worker_node',
  'worker_node_queue',
  'worker_node_gpu',
].map((table) => ({ table: `panda.${table}`, how: 'rows' }));
