import { createPerCore } from '../core/per-core.ts';

export const { perCore, stopAll } = createPerCore();
