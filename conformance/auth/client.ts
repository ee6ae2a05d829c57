/** The suite's `auth/*` client scenarios, with the gateway as the client: its own sign-in at the servers behind it. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type MeasuredRevision, REVISIONS } from '../cells.ts'
import { outputOf, readRun, readSet, type SuiteRun, suiteProgram } from '../suite.ts'

const DRIVER = fileURLToPath(new URL('./drive.ts', import.meta.url))
const SCENARIO_MS = 120_000

export interface AuthFigures {
  /** Required scenarios in which every check passes. */
  readonly passed: number
  readonly failed: number
}

export interface AuthClientRun {
  readonly figures: Readonly<Record<MeasuredRevision, AuthFigures>>
  /** What failed, one line each. */
  readonly failures: readonly string[]
}

/** What `revision` requires of a client in matters of authorization. */
async function readAuthRequirements(revision: MeasuredRevision) {
  const { required, notScored } = await readSet(revision, 'client')
  const own = (scenarios: readonly string[]) => scenarios.filter((name) => name.startsWith('auth/'))
  return { required: own(required), notScored: own(notScored) }
}

/** Runs every required scenario of both revisions, one by one. `only`: those whose names have this in them. */
export async function runAuthClient(folder: string, only = ''): Promise<AuthClientRun> {
  const failures: string[] = []
  const figures: Record<string, AuthFigures> = {}
  for (const revision of Object.keys(REVISIONS) as MeasuredRevision[]) {
    let passed = 0
    let failed = 0
    const { required } = await readAuthRequirements(revision)
    for (const scenario of required.filter((name) => name.includes(only))) {
      const wrong = await runScenario(scenario, revision, folder)
      if (wrong.length === 0) passed++
      else failed++
      failures.push(...wrong.map((line) => `${revision} ${scenario}: ${line}`))
    }
    figures[revision] = { passed, failed }
  }
  return { figures: figures as AuthClientRun['figures'], failures }
}

/** What went wrong in a scenario; nothing where all its checks pass. */
async function runScenario(
  scenario: string,
  revision: MeasuredRevision,
  folder: string,
): Promise<readonly string[]> {
  // The suite hands the command to a shell.
  const command = [process.execPath, DRIVER].map((word) => `'${word}'`).join(' ')
  const output = await outputOf([
    suiteProgram,
    'client',
    ...['--command', command, '--scenario', scenario, '--spec-version', revision, '--force'],
    ...['--timeout', String(SCENARIO_MS), '--output-dir', folder],
  ])
  const [area = '', name = ''] = scenario.split('/')
  const run: SuiteRun = await readRun(join(folder, area), '')
  const checks = run.get(name)
  if (checks === undefined) return [`the suite left no result: ${output.slice(-1000)}`]
  const wrong = checks
    .filter(({ status }) => status === 'FAILURE')
    .map(({ id, status, errorMessage }) => `${status} ${id} ${errorMessage ?? ''}`.trim())
  if (checks.length === 0) return ['no check was made']
  return wrong
}

/** By itself: `node conformance/auth/client.ts [PART-OF-A-NAME] [REVISION]`. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { mkdtemp } = await import('node:fs/promises')
  const { tmpdir } = await import('node:os')
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-auth-suite-'))
  const { figures, failures } = await runAuthClient(folder, process.argv[2])
  for (const line of failures) process.stdout.write(`${line}\n`)
  process.stdout.write(`${JSON.stringify(figures)}\n`)
}
