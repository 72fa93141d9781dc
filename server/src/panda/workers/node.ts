import { readInteger, readNumber, readText } from '../front/values.ts';

/** A machine as a pilot found it from inside. Memory in MB, disk in GB, clock in MHz. */
export interface WorkerNode {
  site: string;
  host: string;
  /** Null: it is not said in which queue it works. */
  queue: string | null;
  cpuModel: string;
  logicalCpus: number | null;
  sockets: number | null;
  coresPerSocket: number | null;
  threadsPerCore: number | null;
  architecture: string | null;
  architectureLevel: string | null;
  clockMhz: number | null;
  memoryMb: number | null;
  diskGb: number | null;
}

/** The accelerators of one kind in a machine. */
export interface WorkerNodeGpu {
  site: string;
  host: string;
  vendor: string;
  model: string;
  gpus: number;
  memoryMb: number | null;
  architecture: string | null;
  framework: string | null;
  frameworkVersion: string | null;
  driverVersion: string | null;
}

type Values = Readonly<Record<string, unknown>>;
const largest = Number.MAX_SAFE_INTEGER;

/** Reads the attributes that `update_worker_node` and the object `worker_node` of a pilot's metadata have; null when incomplete. */
export function readNode(values: Values): WorkerNode | null {
  const site = readText(values.site, 128);
  const host = readText(values.host_name, 255);
  const cpuModel = readText(values.cpu_model, 128);
  if (site === null || host === null || cpuModel === null) return null;
  return {
    site,
    host: cleanHost(host),
    queue: readText(values.panda_queue, 128),
    cpuModel,
    logicalCpus: readInteger(values.n_logical_cpus),
    sockets: readInteger(values.n_sockets),
    coresPerSocket: readInteger(values.cores_per_socket),
    threadsPerCore: readInteger(values.threads_per_core),
    architecture: readText(values.cpu_architecture, 20),
    architectureLevel: readText(values.cpu_architecture_level, 20),
    clockMhz: readNumber(values.clock_speed),
    memoryMb: readInteger(values.total_memory, -largest, largest),
    diskGb: readInteger(values.total_local_disk, -largest, largest),
  };
}

/** As `readNode`, for `update_worker_node_gpu` and `worker_node_gpus`. */
export function readNodeGpu(values: Values): WorkerNodeGpu | null {
  const site = readText(values.site, 128);
  const host = readText(values.host_name, 255);
  const vendor = readText(values.vendor, 128);
  const model = readText(values.model, 128);
  const gpus = readInteger(values.count, 0);
  if (site === null || host === null || vendor === null || model === null || gpus === null) return null;
  return {
    site,
    host: cleanHost(host),
    vendor,
    model,
    gpus,
    memoryMb: readInteger(values.vram, -largest, largest),
    architecture: readText(values.architecture, 128),
    framework: readText(values.framework, 20),
    frameworkVersion: readText(values.framework_version, 10),
    driverVersion: readText(values.driver_version, 20),
  };
}

/** `slot1@node.example.org` is the slot of a batch system on that node (panda-server 1.0.3). */
export function cleanHost(host: string): string {
  return /@(.+)/.exec(host)?.[1] ?? host;
}

/** The same processor under one name: without clock, cache sizes and words of marketing (panda-server 1.0.3). */
export function normalizeCpuModel(model: string): string {
  return model
    .toUpperCase()
    .replace(/@\s*\d+(\.\d+)?\s*GHZ/g, '')
    .replace(/\d+\s*KB/g, '')
    .replace(/CORE PROCESSOR\s*\([^)]*\)/g, '')
    .replace(/\b\d+-CORE\b/g, '')
    .replace(/CPU|CORE|PROCESSOR|SCALABLE|\(R\)|\(TM\)/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
