import { defineConfig } from 'vitest/config';

/** Run by `npx vitest run --config test/browser/vitest.config.ts`; needs web/dist and a Chromium, no database. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/browser/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
