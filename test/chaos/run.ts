/** `npm run chaos -- core|uws|panda|crds [flags]`: kill tests; see core.ts and uws|panda|crds/run.ts for what each does and takes. */
const suites: Record<string, () => Promise<unknown>> = {
  core: () => import('./core.ts'),
  uws: () => import('./uws/run.ts'),
  panda: () => import('./panda/run.ts'),
  crds: () => import('./crds/run.ts'),
};
const name = process.argv.slice(2).find((word) => word in suites) ?? 'core';
await suites[name]?.();
