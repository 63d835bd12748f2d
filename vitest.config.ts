import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two cores: more files at once only make the timeouts of the child-process tests lie.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // What is waited for comes in its own time, also on a machine that does other things.
    expect: { poll: { timeout: 20_000 } },
  },
});
