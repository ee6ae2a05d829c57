import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'packages/**/*.test.ts',
      'tests/**/*.test.ts',
      'conformance/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**'],
    setupFiles: ['scripts/fuzzSetup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // What is waited for comes at once on a quiet machine; on a loaded one only what hangs may fail.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000, interval: 20 } },
    reporters: ['default'],
  },
})
