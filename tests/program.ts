import { fileURLToPath } from 'node:url'

/** The sources of the program. */
export const SOURCES: string = fileURLToPath(new URL('../packages/gateway/src/cli/main.ts', import.meta.url))

/**
 * The program that tests start: the build that `scripts/buildForTests.ts` made for this run, or the sources where something
 * else runs a test's parts.
 */
export const SALLYPORT: string = process.env.SALLYPORT_PROGRAM ?? SOURCES
