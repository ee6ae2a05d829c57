/**
 * `npm run bench`: what does a call through Sallyport cost, against nginx, a bare Node proxy and no proxy at all?
 *
 * Exit: 0 every gate holds, 1 one is missed or an answer was wrong, 2 usage, 3 could not measure (no nginx, no gateway).
 * Tables and one line of JSON on stdout, progress on stderr.
 */
import { cpus } from 'node:os'
import { findNginx, startNginx } from './http/nginx.ts'
import { startSallyport } from './http/sallyport.ts'
import { runHttpSuite, startBareProxy } from './http/suite.ts'
import { watchNoise } from './measure/noise.ts'
import { PINNING } from './measure/pin.ts'
import { WrongAnswers } from './measure/rounds.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { figuresJson, gatesTable, samplesTable } from './report.ts'
import { runStdioSuite } from './stdio/suite.ts'
import { HTTP_WORKLOADS, STDIO_WORKLOADS, shortened, WARM_UP, type Workload } from './workloads.ts'

const progress = (text: string) => process.stderr.write(`bench: ${text}\n`)
const print = (text: string) => process.stdout.write(`${text}\n`)

const NOTES = `
Medians over the rounds [lowest and highest round; of ratios and differences: with any one round left out].
Requests are 1 KB, the results of the "1 KB" rows 2 KB. "x N": N connections, or N calls in flight on one pipe.
CPU is the proxy's own, all threads. "added": over the same calls without a proxy.`

async function main(options: Options): Promise<number> {
  const { quick, only, rounds } = options
  const cpu = cpus()
  print(
    `Node ${process.versions.node}, ${cpu.length} x ${cpu[0]?.model ?? 'unknown CPU'}, ${rounds} rounds; ${PINNING}`,
  )

  const plan = (workloads: readonly Workload[]) => ({
    workloads: quick ? shortened(workloads) : workloads,
    rounds,
    warmUp: ({ resultBytes }: Workload) => {
      const calls = resultBytes > 8192 ? WARM_UP.large : WARM_UP.small
      return Math.ceil(
        calls / workloads.filter((other) => other.resultBytes > 8192 === resultBytes > 8192).length,
      )
    },
    progress,
  })
  const nginx = only === 'stdio' ? undefined : findNginx({ install: true })
  const proxies = [startBareProxy, startSallyport]
  if (nginx !== undefined) proxies.push((upstream) => startNginx(nginx, upstream))
  const noise = watchNoise()
  const http = only === 'stdio' ? undefined : await runHttpSuite({ ...plan(HTTP_WORKLOADS), proxies })
  const stdio = only === 'http' ? undefined : await runStdioSuite(plan(STDIO_WORKLOADS))

  const others = noise()

  print(NOTES)
  if (http) {
    const subjects = ['direct', 'nginx', 'bare node', 'sallyport']
    print(`\nHTTP\n${samplesTable(http, HTTP_WORKLOADS, subjects, nginx ? 'nginx' : 'bare node')}`)
  }
  if (stdio) {
    print(
      `\nstdio\n${samplesTable(stdio, STDIO_WORKLOADS, ['direct', 'byte pipe', 'sallyport'], 'byte pipe')}`,
    )
  }
  const measured = { ...(http && { http }), ...(stdio && { stdio }) }
  const gates = gatesTable(measured)
  print(`\n${gates.text}`)
  if (http !== undefined && nginx === undefined) {
    progress(
      'nginx, the yardstick, is missing (Debian: apt-get install nginx-light): nothing over HTTP was compared with it',
    )
  } else if (gates.unread > 0) {
    progress('a figure could not be read: the machine was too noisy, try --rounds 15')
  }
  print(`\nOther processes used ${Math.round(others * 100)} % of the machine.`)
  if (others > 0.05) progress('the machine was not ours alone: gates mean little, run it again when it is')
  print(JSON.stringify(figuresJson(measured)))
  if (gates.unread > 0) return 3
  return gates.missed > 0 && !quick ? 1 : 0
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
    process.exitCode = error instanceof WrongAnswers ? 1 : 3
  }
}
