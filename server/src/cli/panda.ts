import type { Command } from 'commander';
import type { OpenCore } from './open.ts';
import { registerEndpoints } from './panda-endpoint.ts';
import { registerJob } from './panda-job.ts';
import { registerPilots } from './panda-pilots.ts';
import { registerQueues } from './panda-queue.ts';
import { registerRules } from './panda-rule.ts';
import { registerSecrets } from './panda-secret.ts';

/** `orrery panda …`: queues, storage, jobs and pilots on the database of this installation, whether the server runs or not. */
export function register(program: Command, open: OpenCore): void {
  const panda = program.command('panda').description('Workload management: queues, storage, jobs.');
  registerQueues(panda, open);
  registerEndpoints(panda, open);
  registerJob(panda, open);
  registerPilots(panda, open);
  registerRules(panda, open);
  registerSecrets(panda, open);
}
