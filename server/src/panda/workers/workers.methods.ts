import { needed, optional, type Parameters } from '../front/arguments.ts';
import type { LegacyMethod, V1Method } from '../front/method.ts';
import { refused, statusCodes, succeeded } from '../front/method.ts';
import { readId, readText } from '../front/values.ts';
import { recordNode, recordNodeGpu } from './node.store.ts';
import { readNode, readNodeGpu } from './node.ts';
import { updatePilotStatus } from './workers.store.ts';

const wrongState = "Invalid worker state. The worker state has to be in ('started', 'finished')";

/** What the pilot of a worker says at its start and its end; null when the words are not those. */
function readPilotStatus(values: Record<'harvester' | 'worker' | 'status' | 'node', unknown>) {
  const workerId = readId(values.worker);
  const harvesterId = readText(values.harvester, 128);
  const { status } = values;
  if (status !== 'started' && status !== 'finished') return null;
  if (workerId === null || harvesterId === null) return undefined;
  return { workerId, harvesterId, status, node: readText(values.node, 80) } as const;
}

export const workersLegacy: readonly LegacyMethod[] = [
  {
    name: 'updateWorkerPilotStatus',
    async run(core, caller, fields) {
      if (!caller.isPilot) {
        const errorDialog = 'production or pilot role required';
        return { as: 'fields', value: { StatusCode: statusCodes.invalidRole, errorDialog } };
      }
      const report = readPilotStatus({
        harvester: fields.filled('harvesterID'),
        worker: fields.filled('workerID'),
        status: fields.filled('status'),
        node: fields.filled('node_id'),
      });
      if (report === null) return { as: 'text', text: wrongState };
      if (report === undefined) return { as: 'fields', value: { StatusCode: statusCodes.failed } };
      await updatePilotStatus(core.db.sql, report);
      return { as: 'fields', value: { StatusCode: statusCodes.success } };
    },
  },
];

const nodeParameters: Parameters = {
  site: needed('str'),
  host_name: needed('str'),
  cpu_model: needed('str'),
  panda_queue: optional('str'),
  n_logical_cpus: optional('int'),
  n_sockets: optional('int'),
  cores_per_socket: optional('int'),
  threads_per_core: optional('int'),
  cpu_architecture: optional('str'),
  cpu_architecture_level: optional('str'),
  clock_speed: optional('float'),
  total_memory: optional('int'),
  total_local_disk: optional('int'),
  timeout: optional('int', 60),
};

const gpuParameters: Parameters = {
  site: needed('str'),
  host_name: needed('str'),
  vendor: needed('str'),
  model: needed('str'),
  count: needed('int'),
  vram: optional('int'),
  architecture: optional('str'),
  framework: optional('str'),
  framework_version: optional('str'),
  driver_version: optional('str'),
  timeout: optional('int', 60),
};

export const workersV1: readonly V1Method[] = [
  {
    module: 'pilot',
    name: 'update_worker_status',
    verb: 'POST',
    role: 'pilot',
    parameters: {
      worker_id: needed('any'),
      harvester_id: needed('any'),
      status: needed('any'),
      timeout: optional('int', 60),
      node_id: optional('any'),
    },
    async run(core, _caller, values) {
      const { harvester_id: harvester, worker_id: worker, status, node_id: node } = values;
      const report = readPilotStatus({ harvester, worker, status, node });
      if (report === null) return refused(wrongState);
      if (report === undefined) return refused('Failed to update worker status');
      await updatePilotStatus(core.db.sql, report);
      return succeeded();
    },
  },
  {
    module: 'pilot',
    name: 'update_worker_node',
    verb: 'POST',
    role: 'pilot',
    parameters: nodeParameters,
    async run(core, _caller, values) {
      const node = readNode(values);
      if (node === null) return refused('site, host_name and cpu_model must not be empty');
      const isNew = await recordNode(core.db.sql, node);
      return succeeded(null, isNew ? 'Inserted new worker node.' : 'Updated existing worker node.');
    },
  },
  {
    module: 'pilot',
    name: 'update_worker_node_gpu',
    verb: 'POST',
    role: 'pilot',
    parameters: gpuParameters,
    async run(core, _caller, values) {
      const gpu = readNodeGpu(values);
      if (gpu === null)
        return refused('site, host_name, vendor and model must not be empty, count not negative');
      const isNew = await recordNodeGpu(core.db.sql, gpu);
      return succeeded(null, isNew ? 'Inserted new worker node GPU.' : 'Updated existing worker node GPU.');
    },
  },
];
