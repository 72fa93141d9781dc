import type { Sql } from '../../core/db/index.ts';
import { normalizeCpuModel, type WorkerNode, type WorkerNodeGpu } from './node.ts';

/** Takes down a machine, or that it was seen again. True when it is new. */
export async function recordNode(sql: Sql, node: WorkerNode): Promise<boolean> {
  const [row] = await sql<{ isNew: boolean }[]>`
    insert into panda.worker_node (site, host, cpu_model, cpu_model_normalized, logical_cpus, sockets,
      cores_per_socket, threads_per_core, architecture, architecture_level, clock_mhz, memory_mb, disk_gb)
    values (${node.site}, ${node.host}, ${node.cpuModel}, ${normalizeCpuModel(node.cpuModel)}, ${node.logicalCpus},
      ${node.sockets}, ${node.coresPerSocket}, ${node.threadsPerCore}, ${node.architecture}, ${node.architectureLevel},
      ${node.clockMhz}, ${node.memoryMb}, ${node.diskGb})
    on conflict (site, host, cpu_model) do update set last_seen_at = excluded.last_seen_at
    returning xmax = 0 as is_new`;
  if (node.queue !== null) {
    await sql`
      insert into panda.worker_node_queue (site, host, queue) values (${node.site}, ${node.host}, ${node.queue})
      on conflict (site, host, queue) do update set last_seen_at = excluded.last_seen_at`;
  }
  return row?.isNew === true;
}

/** As `recordNode`; how many there are and their software may have changed. */
export async function recordNodeGpu(sql: Sql, gpu: WorkerNodeGpu): Promise<boolean> {
  const [row] = await sql<{ isNew: boolean }[]>`
    insert into panda.worker_node_gpu (site, host, vendor, model, gpus, memory_mb, architecture, framework,
      framework_version, driver_version)
    values (${gpu.site}, ${gpu.host}, ${gpu.vendor}, ${gpu.model}, ${gpu.gpus}, ${gpu.memoryMb}, ${gpu.architecture},
      ${gpu.framework}, ${gpu.frameworkVersion}, ${gpu.driverVersion})
    on conflict (site, host, vendor, model) do update set last_seen_at = excluded.last_seen_at, gpus = excluded.gpus,
      framework = excluded.framework, framework_version = excluded.framework_version
    returning xmax = 0 as is_new`;
  return row?.isNew === true;
}
