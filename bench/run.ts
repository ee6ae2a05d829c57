/**
 * `npm run bench`: what does Sallyport cost? Against nginx, a bare Node proxy, a byte pipe, other gateways and nothing.
 *
 * Exit: 0 every gate holds, 1 one is missed or an answer was wrong, 2 usage, 3 could not measure (no nginx, no gateway).
 * Tables and one line of JSON on stdout, progress on stderr.
 */
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import type { Measured } from './gates.ts'
import { watchNoise } from './measure/noise.ts'
import { PINNING } from './measure/pin.ts'
import { WrongAnswers } from './measure/rounds.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { figuresJson, standings, standingsTable } from './report.ts'
import type { Results } from './results.ts'
import { runSuite } from './suites.ts'
import { detailTables } from './tables.ts'
import { writePage } from './writePage.ts'

const progress = (text: string) => process.stderr.write(`bench: ${text}\n`)
const print = (text: string) => process.stdout.write(`${text}\n`)

const NOTES = `
Medians over the rounds [lowest and highest round; of ratios and differences: with any one round left out].
Requests are 1 KB, the results of the "1 KB" rows 2 KB. "x N": N connections, or N calls in flight on one pipe.
CPU is the proxy's own, all threads. "added": over the same calls without a proxy.`

async function main(options: Options): Promise<number> {
  const { quick, suites, rounds } = options
  const cpu = cpus()
  const processors = `${cpu.length} x ${cpu[0]?.model ?? 'unknown CPU'}`
  print(`Node ${process.versions.node}, ${processors}, ${rounds} rounds; ${PINNING}`)

  const noise = watchNoise()
  let measured: Measured = {}
  let wrong = 0
  const missing: string[] = []
  for (const suite of suites) {
    try {
      measured = { ...measured, ...(await runSuite(suite, { ...options, progress })) }
    } catch (error) {
      // What the other suites say is worth having all the same.
      const why = error instanceof Error ? error.message : String(error)
      if (error instanceof WrongAnswers) wrong++
      missing.push(`${suite}: ${why}`)
      progress(`${suite} could not be measured: ${why}`)
    }
  }
  const others = noise()
  for (const [peer, why] of measured.peers?.missing ?? []) missing.push(`${peer}: ${why}`)

  print(NOTES)
  const tables = detailTables(measured)
  for (const { title, text } of tables) print(`\n${title}\n${text}`)
  const rows = standings(measured, suites)
  print(`\n${standingsTable(rows)}`)
  for (const line of missing) print(`NOT MEASURED: ${line}`)
  print(`\nOther processes used ${Math.round(others * 100)} % of the machine.`)
  if (others > 0.05) progress('the machine was not ours alone: gates mean little, run it again when it is')

  const node = process.versions.node
  const results: Results = { node, processors, pinning: PINNING, rounds, others, rows, tables, missing }
  if (options.save !== undefined) await writeFile(options.save, `${JSON.stringify(results, null, 2)}\n`)
  if (options.write) await writePage(results)
  print(JSON.stringify(figuresJson(measured)))

  if (wrong > 0) return 1
  const failed = rows.filter(({ smokeFails, standing }) => (quick ? smokeFails : standing === 'MISSED'))
  for (const { label } of failed) progress(`${quick ? 'far off' : 'misses its gate'}: ${label}`)
  if (failed.length > 0) return 1
  return rows.some(({ standing }) => standing === 'no reading') ? 3 : 0
}

let options: Options | undefined
try {
  options = readOptions(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  process.exitCode = 2
}
if (options) {
  try {
    process.exitCode = await main(options)
  } catch (error) {
    progress(error instanceof Error ? error.message : String(error))
    process.exitCode = 3
  }
}
