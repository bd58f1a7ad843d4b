import { defineConfig } from 'vitest/config';

/** `npm run test:tickets`: real ticket systems take a minute to start, so they are no part of `npm test`. */
export default defineConfig({
  test: { include: ['test/tickets/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 300_000, maxWorkers: 2 },
});
