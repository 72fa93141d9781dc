import { defineConfig } from 'vitest/config';

/** The contract with the outside, through the real command line and a real port. */
export default defineConfig({
  test: {
    include: ['test/contract/**/*.test.ts'],
    root: '.',
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
