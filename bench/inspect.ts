/**
 * How many lines a second `sallyport inspect --jsonl` classifies, as a person would call it: the program is started, reads a
 * file and writes to another one.
 *
 *   npm run bench:inspect
 *
 * The lines are the tools of the reference corpus where it lies beside the repository, else those of the recorded surfaces in
 * `evals/drift/surfaces`. Two lengths are run, one after the other: what they differ in is the rate without the start. The last
 * line of standard output is one JSON object. Other work on the machine makes it slower, and says so: `cores` is what the
 * program got of the machine while it ran.
 */
import { spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** As Linux tells it to programs, whatever its own clock is. */
const TICKS_PER_SECOND = 100
const ROUNDS = 3
/** The longer run is so many times the shorter one. */
const TIMES = 5
const PROGRAM = fileURLToPath(new URL('../packages/gateway/src/cli/main.ts', import.meta.url))
const CORPUS = fileURLToPath(
  new URL('../../shared/reference/data/detection/tools_benign.jsonl', import.meta.url),
)
const SURFACES = fileURLToPath(new URL('../evals/drift/surfaces/', import.meta.url))

interface Run {
  readonly seconds: number
  /** Processor time by second. */
  readonly cores: number
}

const folder = mkdtempSync(join(tmpdir(), 'sallyport-inspect-'))
try {
  const { from, lines } = readLines()
  const short = join(folder, 'short.jsonl')
  const long = join(folder, 'long.jsonl')
  writeFileSync(short, lines)
  writeFileSync(long, lines.repeat(TIMES))
  const count = lines.split('\n').length - 1
  const runs = { short: [] as Run[], long: [] as Run[] }
  for (let round = 0; round < ROUNDS; round++) {
    runs.short.push(await inspect(short))
    runs.long.push(await inspect(long))
  }
  const best = (all: readonly Run[]) =>
    all.reduce((least, one) => (one.seconds < least.seconds ? one : least))
  const [one, many] = [best(runs.short), best(runs.long)]
  const rate = (tools: number, seconds: number) => Math.round(tools / seconds)
  const figures = {
    from,
    cores: availableParallelism(),
    short: { lines: count, seconds: one.seconds, perSecond: rate(count, one.seconds), cores: one.cores },
    long: {
      lines: count * TIMES,
      seconds: many.seconds,
      perSecond: rate(count * TIMES, many.seconds),
      cores: many.cores,
    },
    withoutStartPerSecond: rate(count * (TIMES - 1), Math.max(0.001, many.seconds - one.seconds)),
  }
  for (const { lines: tools, seconds, perSecond, cores } of [figures.short, figures.long])
    process.stdout.write(`${tools} lines: ${seconds} s, ${perSecond} a second, ${cores} cores used\n`)
  process.stdout.write(
    `without the start: ${figures.withoutStartPerSecond} a second (best of ${ROUNDS} rounds; ${figures.cores} cores; ${from})\n`,
  )
  process.stdout.write(`${JSON.stringify(figures)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function readLines(): { readonly from: string; readonly lines: string } {
  if (existsSync(CORPUS)) {
    const lines = readFileSync(CORPUS, 'utf8').trimEnd()
    return { from: 'reference corpus', lines: `${lines}\n` }
  }
  const tools = readdirSync(SURFACES)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const { package: server, items } = JSON.parse(readFileSync(join(SURFACES, name), 'utf8')) as {
        readonly package: string
        readonly items: readonly { readonly kind: string; readonly name: string; readonly value: unknown }[]
      }
      return items.flatMap(({ kind, name: tool, value }) =>
        kind === 'tool' ? [JSON.stringify({ id: `${server} ${tool}`, kind, server, tool: value })] : [],
      )
    })
  return { from: 'recorded surfaces', lines: `${tools.join('\n')}\n` }
}

async function inspect(input: string): Promise<Run> {
  const output = openSync(join(folder, 'out.jsonl'), 'w')
  const started = performance.now()
  const before = childCpu()
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, 'inspect', '--jsonl', input, '--quiet'], {
      stdio: ['ignore', output, 'inherit'],
    })
    child.on('error', reject)
    child.on('close', resolve)
  })
  closeSync(output)
  const seconds = (performance.now() - started) / 1_000
  if (code !== 0) throw new Error(`inspect ended with ${code}`)
  return {
    seconds: Math.round(seconds * 100) / 100,
    cores: Math.round(((childCpu() - before) / seconds) * 100) / 100,
  }
}

/** Processor time of children that ended, in seconds (Linux, proc(5)); 0 where that is not told. */
function childCpu(): number {
  if (!existsSync('/proc/self/stat')) return 0
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) / TICKS_PER_SECOND
}
