/** `npm run chaos -- core|uws|panda [flags]`: kill tests; see core.ts, uws/run.ts and panda/run.ts for what each does and takes. */
const suites: Record<string, () => Promise<unknown>> = {
  core: () => import('./core.ts'),
  uws: () => import('./uws/run.ts'),
  panda: () => import('./panda/run.ts'),
};
const name = process.argv.slice(2).find((word) => word in suites) ?? 'core';
await suites[name]?.();
