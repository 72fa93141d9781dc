import type { LegacyMethod, V1Method } from '../front/method.ts';
import { succeeded } from '../front/method.ts';

/** What monitors and load balancers ask: both forms are documented by PanDA. */
export const systemLegacy: readonly LegacyMethod[] = [
  { name: 'isAlive', run: () => ({ as: 'text', text: 'alive=yes' }) },
];

export const systemV1: readonly V1Method[] = [
  { module: 'system', name: 'is_alive', verb: 'GET', role: 'public', parameters: {}, run: () => succeeded() },
];
