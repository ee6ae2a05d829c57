/**
 * The last line of `.ci/run`: `N passed, N failed`, from the JSON of the test runner.
 *
 * `node scripts/countResults.ts TESTS_JSON FAILED_STEPS`: a failed step that is no test (lint, conformance, ...) counts as one failure,
 * and so does a run that left no result.
 */
import { readFileSync } from 'node:fs'

interface Results {
  readonly numPassedTests: number
  readonly numFailedTests: number
  /** Files that failed to load have no tests, but are failed suites. */
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}

const [path = '', steps = '0'] = process.argv.slice(2)
let passed = 0
let failed = Number(steps)
try {
  const results: Results = JSON.parse(readFileSync(path, 'utf8'))
  const unloaded = results.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  passed = results.numPassedTests
  failed += results.numFailedTests + unloaded.length
} catch (error) {
  process.stderr.write(
    `no results of the test runner: ${error instanceof Error ? error.message : String(error)}\n`,
  )
  failed += 1
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
