import { crdsClients } from './crds/clients.ts';
import { harvesterClients } from './harvester/clients.ts';
import { pandaClients } from './panda/clients.ts';
import { pilotClients } from './pilot/clients.ts';
import { uwsClients } from './uws/clients.ts';

/**
 * Real clients against real servers. `npm run test:clients -- uws`; without a name all suites. A suite is a group
 * of clients; each has a name of its own, and one that fails fails the run.
 */
const suites: Record<string, () => AsyncGenerator<Client>> = {
  uws: uwsClients,
  pilot: pilotClients,
  harvester: harvesterClients,
  crds: crdsClients,
  'panda-client': pandaClients,
};

export interface Client {
  name: string;
  /** Null = every check of it was met. */
  fault: string | null;
  seconds: number;
  /** Why it was not run at all; with CI=true a skip is a failure, unless no registry could bring what it needs. */
  skipped?: { isExcused: boolean };
}

const wanted = process.argv.slice(2).filter((name) => !name.startsWith('-'));
const unknown = wanted.filter((name) => !(name in suites));
const clients: Client[] = [];
for (const [name, run] of Object.entries(suites)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for await (const client of run()) {
    clients.push({ ...client, name: `${name} ${client.name}` });
    process.stdout.write(`---- ${describe(client)}\n\n`);
  }
}

const isFailed = ({ fault, skipped }: Client): boolean =>
  fault !== null && (skipped === undefined || (process.env.CI === 'true' && !skipped.isExcused));
const failed = clients.filter(isFailed);
const skipped = clients.filter((client) => client.skipped !== undefined && !isFailed(client));
for (const client of clients) process.stdout.write(`${describe(client)}\n`);
for (const name of unknown) process.stdout.write(`no suite is called ${name}\n`);
const passed = clients.length - failed.length - skipped.length;
process.stdout.write(`\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped\n`);
process.exitCode = failed.length > 0 || unknown.length > 0 || clients.length === 0 ? 1 : 0;

function describe({ name, fault, seconds, skipped }: Client): string {
  if (skipped !== undefined) return `SKIPPED ${name}: ${fault}`;
  return `${fault === null ? 'ok  ' : 'FAIL'} ${name}, ${seconds.toFixed(1)} s${fault === null ? '' : `: ${fault}`}`;
}
