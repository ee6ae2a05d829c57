import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongFirst } from './scripts/longFirst.ts'

const shared = {
  exclude: ['**/node_modules/**'],
  setupFiles: ['scripts/fuzzSetup.ts'],
  pool: 'forks' as const,
  // What is waited for comes at once on a quiet machine; on a loaded one only what hangs may fail.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 20_000, interval: 20 } },
}

export default defineConfig({
  test: {
    reporters: ['default'],
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          ...shared,
          name: 'parts',
          include: [
            'packages/**/*.test.ts',
            'conformance/**/*.test.ts',
            'bench/**/*.test.ts',
            'tests/house/**/*.test.ts',
          ],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'whole',
          include: ['tests/**/*.test.ts'],
          exclude: [...shared.exclude, 'tests/house/**'],
          globalSetup: 'scripts/buildForTests.ts',
          // They start programs and wait for them most of the time: a core serves two.
          maxWorkers: Math.min(4, 2 * availableParallelism()),
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
