/**
 * What one audit record costs: microseconds of time and of the process's CPU per append, at 1, 16 and 64 in flight,
 * with both durabilities.
 *
 *     node bench/audit.ts [calls]
 *
 * Prints a table for people, and as the last line one JSON object. The record is that of an ordinary call: 1 KB of
 * arguments, two digests. Every call is one `append` that is awaited, as an answer awaits it.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { redactValue } from '@sallyport/controls/secrets'
import { digestText } from '../packages/gateway/src/audit/digest.ts'
import type { ExchangeEntry } from '../packages/gateway/src/audit/entry.ts'
import { openAuditTrail } from '../packages/gateway/src/audit/openTrail.ts'
import { ARGUMENT_LIMITS } from '../packages/gateway/src/audit/storedEntry.ts'
import { silentLog } from '../packages/gateway/src/log.ts'

interface Figure {
  readonly durability: 'write' | 'fsync'
  readonly inFlight: number
  readonly wallUs: number
  /** CPU of all threads. */
  readonly cpuUs: number
  /** CPU of the main thread. */
  readonly mainUs: number
}

const ROUNDS = 5
const DIGEST = digestText('x')
const TEXT = 'the quick brown fox jumps over the lazy dog, and then it rests; '.repeat(12)
const calls = Number(process.argv[2] ?? 40_000)
const dir = mkdtempSync(join(tmpdir(), 'sallyport-bench-audit-'))

const figures: Figure[] = []
for (const durability of ['write', 'fsync'] as const) {
  for (const inFlight of [1, 16, 64]) {
    // A group of one waits for the disk alone: fewer of them say as much.
    const count = durability === 'fsync' ? Math.min(calls, 100 * inFlight) : calls
    const rounds: Figure[] = []
    for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(durability, inFlight, count))
    figures.push(median(rounds))
  }
}
rmSync(dir, { recursive: true, force: true })

const lines = ['durability  in flight   us/append   CPU us   main-thread CPU us']
for (const { durability, inFlight, wallUs, cpuUs, mainUs } of figures) {
  const cells = [wallUs.toFixed(1).padStart(12), cpuUs.toFixed(1).padStart(9), mainUs.toFixed(1).padStart(13)]
  lines.push(`${durability.padEnd(12)}${String(inFlight).padStart(9)}${cells.join('')}`)
}
lines.push(
  `of these: redaction of the arguments ${redactionUs().toFixed(2)} us (medians of ${ROUNDS} rounds)`,
)
const json = Object.fromEntries(
  ['write', 'fsync'].map((durability) => [
    durability,
    Object.fromEntries(
      figures
        .filter((row) => row.durability === durability)
        .map(({ inFlight, wallUs, cpuUs, mainUs }) => [inFlight, { wallUs, cpuUs, mainUs }]),
    ),
  ]),
)
writeSync(1, `${lines.join('\n')}\n${JSON.stringify(json)}\n`)

/** Each caller awaits its record before the next, as a connection awaits its answer before it is used again. */
async function measure(durability: 'write' | 'fsync', inFlight: number, count: number): Promise<Figure> {
  const place = join(dir, randomBytes(4).toString('hex'))
  const trail = await openAuditTrail({
    dir: place,
    stateDir: join(place, 'state'),
    durability,
    maxSegmentBytes: 64 * 1024 * 1024,
    retainMs: 0,
    retainBytes: 0,
    now: Date.now,
    log: silentLog,
  })
  let next = 0
  const caller = async (until: number) => {
    while (next < until) await trail.append(exchange(next++))
  }
  const run = (until: number) => Promise.all(Array.from({ length: inFlight }, () => caller(until)))
  await run(Math.ceil(count / 10))
  const started = performance.now()
  const cpu = process.cpuUsage()
  const main = process.threadCpuUsage()
  const first = next
  await run(first + count)
  const done = next - first
  const mainUsed = process.threadCpuUsage(main)
  const used = process.cpuUsage(cpu)
  const wallUs = ((performance.now() - started) * 1000) / done
  await trail.close()
  rmSync(place, { recursive: true, force: true })
  const round = (value: number) => Math.round(value * 100) / 100
  return {
    durability,
    inFlight,
    wallUs: round(wallUs),
    cpuUs: round((used.user + used.system) / done),
    mainUs: round((mainUsed.user + mainUsed.system) / done),
  }
}

function exchange(id: number): ExchangeEntry {
  return {
    kind: 'exchange',
    principal: '["local","alice"]',
    conversation: 'c1',
    client: 'bench/1.0',
    transport: 'http',
    direction: 'client-to-server',
    era: 'modern',
    method: 'tools/call',
    server: 'files',
    name: 'search_files',
    requestId: String(id),
    arguments: argumentsOf(id),
    argumentsDigest: DIGEST,
    resultDigest: DIGEST,
    resultBytes: 2048,
    outcome: 'ok',
    durationMs: 1.2345,
    upstreamMs: 1.1,
  }
}

/** About 1 KB, and not the same object twice. */
function argumentsOf(id: number): unknown {
  return {
    path: `/project/data/reports/2026/november/summary-${id}.md`,
    query: 'select name, total from orders where total > 100 and state = 1',
    options: { deep: true, limit: 25, tags: ['monthly', 'finance', 'draft'], after: '2026-11-22' },
    text: TEXT,
  }
}

function redactionUs(): number {
  const value = argumentsOf(1)
  const count = 100_000
  for (let at = 0; at < count / 4; at++) redactValue(value, ARGUMENT_LIMITS)
  const started = performance.now()
  for (let at = 0; at < count; at++) redactValue(value, ARGUMENT_LIMITS)
  return ((performance.now() - started) * 1000) / count
}

function median(rounds: readonly Figure[]): Figure {
  const sorted = [...rounds].sort((a, b) => a.mainUs - b.mainUs)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (!middle) throw new Error('no rounds')
  return middle
}
