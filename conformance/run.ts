/**
 * `npm run conformance`: the official suite against the fixture, direct and through the gateway, side by side.
 *
 *   node conformance/run.ts [--direct-only] [--revision R] [--scenario NAME] [--stdio] [--bridges] [--client] [--keep]
 *
 * `--client`: only the suite's client scenarios, the gateway as the client.
 * Tables and differences for people; the last line of standard output is one JSON object with the same figures.
 * Exit 1 when a required scenario that the revision lists does not pass, or passes on one side only.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  BRIDGES,
  type BridgeName,
  type Cell,
  MEASURED_BRIDGES,
  type MeasuredRevision,
  REVISIONS,
  sameEra,
} from './cells.ts'
import { readClientRequirements, runClientSuite } from './clientSuite.ts'
import { fixtureCommand, startFixture, startGateway } from './programs.ts'
import { differencesOf, differencesText, type Figures, failuresOf, figuresOf, tableOf } from './report.ts'
import { passes, readRequirements, runSuite, type SuiteRun } from './suite.ts'

const { values: options } = parseArgs({
  options: {
    'direct-only': { type: 'boolean', default: false },
    revision: { type: 'string' },
    scenario: { type: 'string' },
    stdio: { type: 'boolean', default: false },
    bridges: { type: 'boolean', default: false },
    client: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})

const allRevisions = Object.keys(REVISIONS) as MeasuredRevision[]
const revisions = allRevisions.filter((revision) => (options.revision ?? revision) === revision)
if (revisions.length === 0) {
  process.stderr.write(`--revision is one of ${allRevisions.join(', ')}\n`)
  process.exit(2)
}
const bridges = options.bridges ? (Object.keys(BRIDGES) as BridgeName[]) : MEASURED_BRIDGES

const folder = await mkdtemp(join(tmpdir(), 'sallyport-conformance-'))
const summary: Record<string, Record<string, Figures>> = {}
let alike = true
let remarkable = options.keep

for (const revision of options.client ? [] : revisions) {
  const requirements = await readRequirements(revision)
  if (options.scenario && ![...requirements.required, ...requirements.notScored].includes(options.scenario))
    continue
  const cell = sameEra(revision)
  const direct = await runDirect(cell)
  summary[revision] = { direct: figuresOf(direct, requirements) }
  const columns: [string, SuiteRun][] = [['direct', direct]]
  if (!options['direct-only']) {
    const gateway = await runThrough(cell, 'gateway')
    summary[revision].gateway = figuresOf(gateway, requirements)
    columns.push(['gateway', gateway])
  }
  print(tableOf(revision, columns, requirements))
  for (const scenario of options.scenario ? [options.scenario] : requirements.required) {
    if (!columns.every(([, run]) => passes(run.get(scenario)))) alike = false
  }
  const gateway = columns[1]?.[1]
  const differences = gateway ? differencesOf(direct, gateway) : []
  if (differences.length > 0) {
    remarkable = true
    print(`Differences at ${revision}:\n\n${differencesText(differences, 'direct', 'gateway')}`)
  }
  if (options.scenario && failuresOf(direct).length > 0) {
    print(
      `Failures of ${options.scenario} direct:\n\n${differencesText(failuresOf(direct), 'wanted', 'direct')}`,
    )
  }
}

for (const name of options['direct-only'] || options.client ? [] : bridges) {
  const cell = BRIDGES[name]
  if (!revisions.includes(cell.revision)) continue
  const requirements = await readRequirements(cell.revision)
  const run = await runThrough(cell, name)
  summary.bridges = { ...summary.bridges, [name]: figuresOf(run, requirements) }
  print(tableOf(`${cell.revision} (${name})`, [[name, run]], requirements))
  print(`Failures of ${name}:\n\n${differencesText(failuresOf(run), 'wanted', name)}`)
}

for (const revision of options['direct-only'] ? [] : revisions) {
  const requirements = await readClientRequirements(revision)
  const run = await twice(`${revision}-client`, requirements.required, (scenario, results) =>
    runClientSuite({ revision, scenario, folder: results }),
  )
  if (run.size === 0) continue
  summary.client = { ...summary.client, [revision]: figuresOf(run, requirements) }
  print(tableOf(`${revision} (client)`, [['gateway', run]], requirements))
  if (
    [...run.keys()].some((scenario) => requirements.required.includes(scenario) && !passes(run.get(scenario)))
  )
    alike = false
  if (failuresOf(run).length > 0)
    print(`Failures of the gateway as client:\n\n${differencesText(failuresOf(run), 'wanted', 'gateway')}`)
}

if (remarkable || !alike) process.stderr.write(`files of this run: ${folder}\n`)
else await rm(folder, { recursive: true, force: true })
process.stdout.write(`${JSON.stringify(summary)}\n`)
process.exitCode = alike ? 0 : 1

async function runDirect(cell: Cell): Promise<SuiteRun> {
  const fixture = await startFixture(cell.era)
  try {
    return await measure(fixture.url, cell, `${cell.revision}-direct`)
  } finally {
    await fixture.stop()
  }
}

async function runThrough(cell: Cell, name: string): Promise<SuiteRun> {
  const own = join(folder, `${cell.revision}-${name}`)
  await mkdir(own, { recursive: true })
  const fixture = options.stdio ? undefined : await startFixture(cell.era)
  try {
    const source = fixture ? { url: fixture.url } : { command: fixtureCommand(cell.era) }
    const gateway = await startGateway(source, cell.era, own)
    try {
      return await measure(gateway.url, cell, `${cell.revision}-${name}`)
    } finally {
      await gateway.stop()
    }
  } finally {
    await fixture?.stop()
  }
}

async function measure(url: string, { revision }: Cell, name: string): Promise<SuiteRun> {
  const { required } = await readRequirements(revision)
  return await twice(name, required, (scenario, results) =>
    runSuite({ url, revision, scenario, folder: results }),
  )
}

/**
 * Runs the suite, and once more by itself every required scenario that did not pass: the suite waits for a second or two, which
 * a loaded machine may need for something else. What is wrong is wrong twice.
 */
async function twice(
  name: string,
  required: readonly string[],
  run: (scenario: string | undefined, results: string) => Promise<SuiteRun>,
): Promise<SuiteRun> {
  process.stderr.write(`running ${name} ...\n`)
  const results = new Map(await run(options.scenario, await resultsOf(name)))
  for (const scenario of required) {
    if (!results.has(scenario) || passes(results.get(scenario))) continue
    const again = (await run(scenario, await resultsOf(`${name}-${scenario}`))).get(scenario)
    if (again === undefined || !passes(again)) continue
    process.stderr.write(`${scenario} of ${name} failed, and passed when it ran again by itself\n`)
    results.set(scenario, again)
  }
  return results
}

async function resultsOf(name: string): Promise<string> {
  const results = join(folder, name, 'results')
  await mkdir(results, { recursive: true })
  return results
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`)
}
