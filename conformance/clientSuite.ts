/** The suite's client scenarios, with the gateway as the client: each starts a server of the suite and runs our driver against it. */
import { fileURLToPath } from 'node:url'
import type { MeasuredRevision } from './cells.ts'
import { outputOf, type Requirements, readRun, readSet, type SuiteRun, suiteProgram } from './suite.ts'

const DRIVER = fileURLToPath(new URL('./client/drive.ts', import.meta.url))
/** What a scenario may take: the gateway starts, the client connects, some servers wait before they answer. */
const SCENARIO_MS = 90_000

/** What `revision` requires of a client, but for authorization (`npm run conformance:auth` measures that). */
export async function readClientRequirements(revision: MeasuredRevision): Promise<Requirements> {
  const { required, notScored } = await readSet(revision, 'client')
  const others = (scenarios: readonly string[]) => scenarios.filter((name) => !name.startsWith('auth/'))
  return { required: others(required), notScored: others(notScored) }
}

/** Runs each scenario by itself: at once they would start a dozen gateways, and time out on a slow machine. */
export async function runClientSuite(options: {
  readonly revision: MeasuredRevision
  readonly scenario: string | undefined
  readonly folder: string
}): Promise<SuiteRun> {
  const { revision, folder } = options
  const { required, notScored } = await readClientRequirements(revision)
  const scenarios = [...required, ...notScored].filter((name) => name === (options.scenario ?? name))
  // The suite hands the command to a shell.
  const command = [process.execPath, DRIVER].map((word) => `'${word}'`).join(' ')
  const run = new Map<string, SuiteRun extends ReadonlyMap<string, infer C> ? C : never>()
  for (const scenario of scenarios) {
    const output = await outputOf([
      suiteProgram,
      'client',
      ...['--command', command, '--scenario', scenario, '--spec-version', revision, '--force'],
      ...['--timeout', String(SCENARIO_MS), '--output-dir', folder],
    ])
    const checks = (await readRun(folder, '')).get(scenario)
    if (checks === undefined)
      throw new Error(`the suite left no result of ${scenario}:\n${output.slice(-2000)}`)
    // The suite notes a driver that failed, and counts it for nothing.
    const failed = /CLIENT EXITED WITH ERROR|TIMED OUT/i.exec(output)
    run.set(scenario, failed ? [...checks, driverFailed(output)] : checks)
  }
  return run
}

function driverFailed(output: string) {
  return {
    id: 'driver',
    description: 'the driver of the gateway does what the scenario asks for, and ends well',
    status: 'FAILURE',
    errorMessage: output.slice(0, 4_000),
  } as const
}
