export { checkHealth, readBoard } from './board.ts';
export { measureCapacity } from './capacity.ts';
export { coreRoutes } from './core.routes.ts';
export { coreHealth } from './health.ts';
export { meRoutes } from './me.routes.ts';
export { operationPermissions } from './permissions.ts';
export { announceProcess, forgetLostProcesses, listProcesses, type Presence } from './processes.ts';
export { systemRoutes } from './system.routes.ts';
export { webRoutes } from './web.routes.ts';
