import { listAccounts } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { entriesOf } from '../front/values.ts';
import type { Queue } from '../queues/queues.store.ts';
import { queuesOf } from '../queues/queues.ts';
import { listResourceTypes } from '../shares/shares.store.ts';

/** Resource types as pilot3 and Harvester read them. */
export async function resourceTypes({ db }: Core): Promise<Record<string, unknown>[]> {
  const types = await listResourceTypes(db.sql);
  return types.map((type) => ({
    resource_name: type.name,
    mincore: type.minCores,
    maxcore: type.maxCores,
    minrampercore: type.minMemoryMb,
    maxrampercore: type.maxMemoryMb,
  }));
}

/** Owners whose accounts are closed, `{name: false}` as the reference lists them. */
export async function bannedUsers({ db }: Core): Promise<Record<string, false>> {
  const banned: [string, false][] = [];
  const page = 1000;
  for (let after: string | undefined; ; ) {
    const accounts = await listAccounts(db.sql, { limit: page, ...(after === undefined ? {} : { after }) });
    for (const { disabledAt, displayName } of accounts) {
      if (disabledAt !== null) banned.push([displayName, false]);
    }
    after = accounts.at(-1)?.name;
    if (accounts.length < page || after === undefined) return Object.fromEntries(banned);
  }
}

/** Not for the answer: what the factory and the storage layer keep in a description. */
const left = new Set([
  'ddm_endpoints_input',
  'ddm_endpoints_output',
  'ddm_input',
  'ddm_output',
  'setokens_input',
]);

/** Descriptions of queues of a type (`unified`, `production`, `analysis`; `all` for every one) by their names. */
export async function siteSpecs(core: Core, type: string): Promise<Record<string, unknown>> {
  const queues = (await queuesOf(core)).filter((queue) => type === 'all' || typeOf(queue) === type);
  return Object.fromEntries(queues.map((queue) => [queue.queue, specOf(queue)]));
}

function typeOf({ document }: Queue): unknown {
  return new Map(entriesOf(document)).get('type');
}

function specOf({ queue, site, status, statusReason, document }: Queue): Record<string, unknown> {
  const described = entriesOf(document).filter(([name]) => !left.has(name));
  return {
    ...Object.fromEntries(described),
    sitename: queue,
    nickname: queue,
    pandasite: site,
    status,
    comment: statusReason,
  };
}
