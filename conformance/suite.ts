/**
 * The official suite (`@modelcontextprotocol/conformance`), run as the program it is; its results are read from the
 * `checks.json` files it writes, its requirements from the frozen sets it ships.
 */
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import type { MeasuredRevision } from './cells.ts'

export interface Check {
  readonly id: string
  readonly description: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
  readonly errorMessage?: string
  readonly details?: unknown
}

/** Every check of one run, by scenario, in the order the requirements list them. */
export type SuiteRun = ReadonlyMap<string, readonly Check[]>

export interface Requirements {
  /** Scenarios that decide whether a server, or a client, conforms. */
  readonly required: readonly string[]
  /** Scenarios that are run and reported, and count for nothing. */
  readonly notScored: readonly string[]
}

export type Leg = 'server' | 'client'

const root = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'))

/** The program of the suite. */
export const suiteProgram = join(root, 'dist/index.js')

/** What `revision` requires of a server. */
export async function readRequirements(revision: MeasuredRevision): Promise<Requirements> {
  return readSet(revision, 'server')
}

/** The frozen set of one revision for one role. */
export async function readSet(revision: MeasuredRevision, leg: Leg): Promise<Requirements> {
  const file = parse(await readFile(join(root, 'requirements', `${revision}.yaml`), 'utf8'))
  const notScored: { scenario: string; leg: string }[] = file.not_scored ?? []
  return {
    required: file[leg],
    notScored: notScored.filter((entry) => entry.leg === leg).map(({ scenario }) => scenario),
  }
}

/** Runs the suite against `url`, all that `revision` requires or one scenario; `folder` receives its files. */
export async function runSuite(options: {
  readonly url: string
  readonly revision: MeasuredRevision
  readonly scenario: string | undefined
  readonly folder: string
}): Promise<SuiteRun> {
  const { url, revision, scenario, folder } = options
  const chosen = scenario
    ? ['--scenario', scenario, '--spec-version', revision, '--force']
    : ['--requirements', revision]
  const args = [suiteProgram, 'server', '--url', url, ...chosen, '--output-dir', folder]
  const output = await outputOf(args)
  const run = await readRun(folder, 'server-')
  // The exit code says only whether a requirement failed; a run without results did not happen.
  if (run.size === 0)
    throw new Error(`the suite left no results for ${revision} at ${url}:\n${output.slice(-2000)}`)
  const { required, notScored } = await readRequirements(revision)
  const order = [...required, ...notScored]
  return new Map([...run].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)))
}

/** A scenario passes when none of its checks failed; warnings and skipped checks do not count. */
export function passes(checks: readonly Check[] | undefined): boolean {
  return checks?.every((check) => check.status !== 'FAILURE') ?? false
}

/** What the suite left in `folder`; the folder of a scenario begins with `prefix` and ends with a time. */
export async function readRun(folder: string, prefix: string): Promise<SuiteRun> {
  const run = new Map<string, Check[]>()
  for (const entry of await readdir(folder)) {
    const scenario = /^(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(entry)?.[1]?.slice(prefix.length)
    if (scenario === undefined || !entry.startsWith(prefix)) continue
    const files = await readdir(join(folder, entry))
    if (!files.includes('checks.json')) continue
    run.set(scenario, JSON.parse(await readFile(join(folder, entry, 'checks.json'), 'utf8')))
  }
  return run
}

/** All that the program said, whatever its exit code. */
export function outputOf(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.once('error', reject)
    child.once('close', () => resolve(output))
  })
}
