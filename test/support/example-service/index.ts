import type { ServiceModule } from '../../../server/src/core/module.ts';
import { countTask, lingerTask } from './count.task.ts';
import { tickSchedule } from './tick.schedule.ts';
import { ticketRoutes } from './tickets.routes.ts';

/**
 * The smallest complete service: tickets that are made, claimed in batches, waited for and counted. It is the
 * example of how to add a service, and what the benchmark and the kill tests of the core run on.
 */
export const example: ServiceModule = {
  name: 'example',
  title: 'Example',
  migrations: new URL('./migrations/', import.meta.url),
  permissions: {
    'example.read': { roles: ['user', 'operator'] },
    'example.work': { roles: ['scan.worker'], scope: 'engine' },
  },
  addresses: ['/api/example'],
  routes: [ticketRoutes],
  tasks: [countTask, lingerTask],
  schedules: [tickSchedule],
  retention: [{ table: 'example.history', column: 'at', days: 7, what: 'transitions of tickets' }],
  backup: ['ticket', 'history', 'effect', 'tick', 'tick_run'].map((table) => ({
    table: `example.${table}`,
    how: 'rows' as const,
  })),
};
