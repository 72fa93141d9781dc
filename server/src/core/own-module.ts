import { chainAudit } from './audit/index.ts';
import { authBackup, authRetention } from './auth/index.ts';
import { computeBackup, computeRetention } from './compute/index.ts';
import type { Core } from './core.ts';
import { filesBackup } from './files/index.ts';
import { lockBackup } from './locks/index.ts';
import type { ServiceModule } from './module.ts';
import { coreHealth, forgetLostProcesses, overdueWork } from './operations/index.ts';
import { queueBackup, queueRetention } from './queue/index.ts';
import { applyRetention } from './retention/index.ts';
import { defineSchedule, scheduleBackup, scheduleRetention, type Tick } from './schedule/index.ts';
import { viewBackup, viewRoutes } from './views/index.ts';

/** The core, in the shape of a service: its own schedules, checks and the rules for its tables. */
export const ownModule: ServiceModule = {
  name: 'core',
  title: 'Core',
  migrations: new URL('./migrations/', import.meta.url),
  permissions: {},
  addresses: [
    '/',
    '/ui',
    '/assets',
    '/docs',
    '/api/core',
    '/api/docs',
    '/healthz',
    '/readyz',
    '/metrics',
    '/favicon.ico',
  ],
  routes: [viewRoutes],
  tasks: [],
  schedules: [
    defineSchedule({ name: 'core.audit-chain', everySeconds: 1, run: (core) => chainAudit(core.db) }),
    defineSchedule({
      name: 'core.processes',
      everySeconds: 3600,
      run: (core) => forgetLostProcesses(core.db.sql),
    }),
    defineSchedule({
      name: 'core.garbage',
      everySeconds: 3600,
      maxSeconds: 900,
      run: (core) => core.files.collectGarbage(),
    }),
    defineSchedule({ name: 'core.retention', everySeconds: 3600, maxSeconds: 900, run: keepWhatIsDue }),
  ],
  retention: [
    ...authRetention,
    ...queueRetention,
    ...scheduleRetention,
    ...computeRetention,
    { table: 'core.event', column: 'created_at', days: 7, what: 'events', partitioned: 'day' },
    { table: 'core.request_minute', column: 'minute', days: 2, what: 'requests per minute' },
  ],
  backup: [
    ...authBackup,
    ...filesBackup,
    ...queueBackup,
    ...scheduleBackup,
    ...lockBackup,
    ...computeBackup,
    ...viewBackup,
    { table: 'core.process', how: 'skip' },
    { table: 'core.request_minute', how: 'skip' },
    { table: 'core.event', how: 'rows' },
  ],
  health: coreHealth,
  overdue: overdueWork,
};

/** Applies every module's retention rules; what could not be done makes the run a failed one, for all to see. */
async function keepWhatIsDue(core: Core, { signal }: Tick): Promise<void> {
  const rules = core.modules.flatMap(({ retention }) => retention);
  const kept = await applyRetention(core, rules, core.config.retention, { signal });
  const alarms = kept.flatMap(({ table, error, partitionsMissing }) => [
    ...(error === null ? [] : [`${table}: ${error}`]),
    ...partitionsMissing.map((day) => `${table} has no partition for ${day}`),
  ]);
  if (alarms.length > 0) throw new Error(alarms.join('; '));
}
