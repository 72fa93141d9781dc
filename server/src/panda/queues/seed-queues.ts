import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Core } from '../../core/core.ts';
import { localEndpoint, putEndpoints } from './endpoints.ts';
import { putQueue } from './queues.ts';

const local = 'LOCAL';
const actor = { name: 'orrery' };

/**
 * The queue of this machine, so that jobs run on a fresh installation. It is made once: what operators change stays.
 * Its storage is a folder in the data folder and follows when that is moved.
 */
export async function seedQueues(core: Core): Promise<void> {
  const folder = path.join(core.config.data, 'storage');
  await mkdir(folder, { recursive: true });
  const [endpoint] = await core.db.sql<{ changedBy: string }[]>`
    select changed_by from panda.endpoint where endpoint = ${localEndpoint}`;
  if (endpoint === undefined || endpoint.changedBy === actor.name) {
    await putEndpoints(core, actor, { [localEndpoint]: localEndpointDocument(folder) });
  }
  const [known] = await core.db.sql`select from panda.queue where queue = ${local}`;
  if (known === undefined) await putQueue(core, actor, localQueue, { why: 'every installation has it' });
}

function localEndpointDocument(folder: string): Record<string, unknown> {
  const protocol = { endpoint: 'file://localhost', flavour: 'POSIX', id: 1, path: `${folder}/` };
  return {
    id: 1,
    name: localEndpoint,
    state: 'ACTIVE',
    site: local,
    type: 'DATADISK',
    token: '',
    is_deterministic: true,
    arprotocols: { read_lan: [protocol], write_lan: [protocol], write_wan: [protocol] },
    rprotocols: {},
    resource: {},
  };
}

const tools = ['mv'];
const storages = [localEndpoint];

const localQueue = {
  nickname: local,
  panda_resource: local,
  atlas_site: local,
  state: 'ACTIVE',
  status: 'online',
  type: 'unified',
  resource_type: 'grid',
  // Any: its pilots take jobs of as many cores as this machine has.
  corecount: -1,
  maxrss: 4000,
  maxwdir: 10_000,
  maxinputsize: -1,
  maxtime: 86_400,
  timefloor: 0,
  is_cvmfs: false,
  container_type: '',
  container_options: '',
  catchall: 'mv_final_destination no_token_renewal allow_no_pilot',
  params: { internet_protocol_version: 'IPv4' },
  allow_lan: true,
  allow_wan: false,
  direct_access_lan: false,
  direct_access_wan: false,
  copytools: { mv: {} },
  acopytools: { pr: tools, pw: tools, pl: tools, read_lan: tools, write_lan: tools, default: tools },
  // Jobs run on a fresh machine with nothing else installed.
  pilotFactory: { backend: 'local', pilot: 'own', max: Math.max(2, availableParallelism()) },
  astorages: { pr: storages, pw: storages, pl: storages, read_lan: storages, write_lan: storages },
};
