import type { Audit } from './audit/index.ts';
import type { Auth } from './auth/index.ts';
import type { Clock } from './clock.ts';
import type { Compute } from './compute/index.ts';
import type { Config } from './config/index.ts';
import type { Db } from './db/index.ts';
import type { Events } from './events/index.ts';
import type { GuardedFetch } from './fetch/index.ts';
import type { Files } from './files/index.ts';
import type { SignedLinks } from './http/index.ts';
import type { Locks } from './locks/index.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics/index.ts';
import type { ServiceModule } from './module.ts';
import type { Queue } from './queue/index.ts';
import type { Schedules } from './schedule/index.ts';
import type { Threads } from './threads/index.ts';

/** Everything a service may use, as one argument. Knows nothing of science. */
export interface Core {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly db: Db;
  readonly events: Events;
  readonly queue: Queue;
  readonly schedules: Schedules;
  readonly locks: Locks;
  readonly files: Files;
  readonly compute: Compute;
  readonly threads: Threads;
  readonly fetch: GuardedFetch;
  readonly auth: Auth;
  readonly audit: Audit;
  readonly metrics: Metrics;
  readonly links: SignedLinks;
  /** The core's own module and the services, in the order of the navigation. */
  readonly modules: readonly ServiceModule[];
  /** This process among all that share the database, as it signs leases: `host:pid:random`. */
  readonly processId: string;
}
