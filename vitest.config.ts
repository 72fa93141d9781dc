import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['contracts/**/*.test.ts', 'server/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts'],
    exclude: [
      '**/node_modules/**',
      'test/clients/**',
      'test/chaos/**',
      'test/bench/**',
      'test/browser/**',
      'test/contract/**',
    ],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
