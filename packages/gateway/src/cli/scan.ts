/** `sallyport scan`: arguments, questions and printing; what is done stands in `scan/`. */
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline/promises'
import type { Severity } from '@sallyport/controls/detection'
import { visible } from '@sallyport/controls/text'
import { makeLog } from '../log.ts'
import { reaches } from '../scan/finding.ts'
import { cyclonedxReport } from '../scan/formats/cyclonedx.ts'
import { jsonReport } from '../scan/formats/json.ts'
import { sarifReport } from '../scan/formats/sarif.ts'
import { tableReport } from '../scan/formats/table.ts'
import { type ScanReport, uncheckedOf } from '../scan/report.ts'
import { ruleMeanings } from '../scan/rules.ts'
import { scan } from '../scan/scan.ts'
import { Scratch } from '../scan/scratch.ts'
import type { Ask, StartRequest } from '../scan/world.ts'
import { makeGuardian } from '../upstream/guardian.ts'
import { HttpPools } from '../upstream/http.ts'
import { type GlobalOptions, place } from './context.ts'
import { CommandError, EXIT } from './exit.ts'

export interface ScanOptions extends GlobalOptions {
  readonly format?: 'table' | 'json' | 'sarif' | 'cyclonedx'
  readonly output?: string
  readonly failOn: Severity | 'none'
  readonly yes?: boolean
  /** False with `--no-start`. */
  readonly start: boolean
  readonly timeout: string
}

const CONNECT_TIMEOUT_MS = 10_000

export async function runScan(
  named: readonly string[],
  command: readonly string[],
  options: ScanOptions,
): Promise<number> {
  const { env, homeDir, cwd } = place()
  const deadlineMs = seconds(options.timeout)
  const stop = new AbortController()
  const log = makeLog({ level: 'error', format: 'human', write: progress, now: () => new Date() })
  const guardian = makeGuardian({ log })
  const pools = new HttpPools({ connectTimeoutMs: CONNECT_TIMEOUT_MS })
  const scratch = new Scratch(env.TMPDIR ?? tmpdir())
  const forget = onSignals(stop)
  try {
    const report = await scan(
      { named, command },
      {
        platform: process.platform,
        env,
        homeDir,
        cwd,
        ...(options.config === undefined ? {} : { path: options.config }),
        ask: options.yes === true ? agreeToAll : askPerson(stop.signal),
        mayStart: options.start,
        deadlineMs,
        progress: (text) => (options.quiet === true ? undefined : progress(`${visible(text)}\n`)),
        signal: stop.signal,
        guardian,
        pools,
        log,
        scratch,
        now: () => performance.now(),
        wallClock: () => new Date(),
      },
    )
    await write(render(report, options, { cwd, homeDir }), options.output)
    return stop.signal.aborted ? EXIT.unchecked : exitCodeOf(report, options.failOn)
  } finally {
    await Promise.all([guardian.close(), pools.close()])
    await scratch.remove()
    forget()
  }
}

/** Findings win: what was found is known, whatever else could not be looked at. */
function exitCodeOf(report: ScanReport, failOn: ScanOptions['failOn']): number {
  if (failOn !== 'none' && report.findings.some(({ severity }) => reaches(severity, failOn)))
    return EXIT.findings
  return uncheckedOf(report).length > 0 ? EXIT.unchecked : EXIT.fine
}

function render(
  report: ScanReport,
  options: ScanOptions,
  { cwd, homeDir }: { readonly cwd: string; readonly homeDir: string },
): string {
  const format = options.format ?? (options.json === true ? 'json' : 'table')
  switch (format) {
    case 'json':
      return `${jsonReport(report)}\n`
    case 'sarif':
      return `${sarifReport(report, { cwd, means: ruleMeanings() })}\n`
    case 'cyclonedx':
      return `${cyclonedxReport(report)}\n`
    case 'table': {
      const terminal = options.output === undefined && process.stdout.isTTY
      const color = terminal && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb'
      return tableReport(report, { color, width: terminal ? process.stdout.columns : 100, cwd, homeDir })
    }
  }
}

async function write(text: string, output: string | undefined): Promise<void> {
  if (output === undefined) {
    // A reader that has seen enough (`| head`) is no fault of ours.
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') progress(`the output failed: ${visible(error.message)}\n`)
    })
    process.stdout.write(text)
    return
  }
  try {
    await writeFile(output, text)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new CommandError(EXIT.unchecked, `the report could not be written to ${visible(output)} (${code})`)
  }
}

const agreeToAll: Ask = async (requests) => requests.map(() => true)

/** Says what would run, and asks. Nobody is there without a terminal. */
function askPerson(signal: AbortSignal): Ask {
  return async (requests) => {
    if (!process.stdin.isTTY || !process.stderr.isTTY) {
      for (const { kind, say } of requests) progress(`not done without --yes: ${WORDS[kind]} ${say}\n`)
      return undefined
    }
    const lines = createInterface({ input: process.stdin, output: process.stderr })
    try {
      progress(`${introduction(requests)}\n`)
      for (const { kind, server, say } of requests) progress(`  ${visible(server)}: ${WORDS[kind]} ${say}\n`)
      const answer = await choose(lines, requests.length, signal)
      if (answer !== 'some') return requests.map(() => answer === 'yes')
      const answers: boolean[] = []
      for (const { kind, say } of requests)
        answers.push(isYes(await lines.question(`${WORDS[kind]} ${say}  [y/N] `, { signal })))
      return answers
    } catch (error) {
      // Ctrl-C or a closed terminal at the question is a no.
      if (error instanceof Error && (error.name === 'AbortError' || 'code' in error))
        return requests.map(() => false)
      throw error
    } finally {
      lines.close()
    }
  }
}

const WORDS: Readonly<Record<StartRequest['kind'], string>> = {
  start: 'start',
  connect: 'connect to',
  download: 'run',
}

function introduction(requests: readonly StartRequest[]): string {
  return requests.length === 1
    ? 'To read what this server says of itself, with your rights and outside any sandbox:'
    : `To read what these ${requests.length} servers say of themselves, with your rights and outside any sandbox:`
}

async function choose(
  lines: ReturnType<typeof createInterface>,
  count: number,
  signal: AbortSignal,
): Promise<'yes' | 'some' | 'no'> {
  const some = count > 1 ? ', [s]ome' : ''
  const answer = await lines.question(`Do that? [y]es${some}, [N]o: `, { signal })
  if (isYes(answer)) return 'yes'
  return count > 1 && /^s(?:ome)?$/i.test(answer.trim()) ? 'some' : 'no'
}

function isYes(answer: string): boolean {
  return /^y(?:es)?$/i.test(answer.trim())
}

/** The first signal ends servers and removes what was unpacked; a second one ends us at once (the guardian does the rest). */
function onSignals(stop: AbortController): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const ended = () => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  }
  for (const signal of signals) process.on(signal, ended)
  return () => {
    for (const signal of signals) process.off(signal, ended)
  }
}

function seconds(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new CommandError(EXIT.usage, `--timeout takes seconds from 1 to 9999, not "${visible(text)}"`)
  return Number(text) * 1000
}

function progress(text: string): void {
  process.stderr.write(text)
}
