import { spawn } from 'node:child_process'
import { afterEach, expect, it } from 'vitest'
import { makePlace, type Place, recordsAt, verifyAt } from './testing/trailFixture.ts'

const APPENDER = new URL('./testing/appender.ts', import.meta.url).pathname
const places: Place[] = []
afterEach(() => {
  for (const place of places.splice(0)) place.remove()
})

/** Runs an appender and kills it once it has acknowledged `after` records; resolves with all it acknowledged. */
function runAndKill(place: Place, prefix: string, after: number, durability: string): Promise<string[]> {
  const child = spawn(
    process.execPath,
    [APPENDER, place.dir, place.stateDir, '16', prefix, durability, '60000'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let printed = ''
  let lines = 0
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    printed += chunk
    lines += chunk.split('\n').length - 1
    if (lines >= after) child.kill('SIGKILL')
  })
  return new Promise((resolve) => {
    child.on('close', (_code, signal) => {
      expect(signal).toBe('SIGKILL')
      resolve(printed.split('\n').slice(0, -1))
    })
  })
}

it('fifty times kill -9 under load: every acknowledged record is there, and every chain verifies', async () => {
  const place = makePlace()
  places.push(place)
  const acknowledged: string[] = []
  const worker = async (name: string, runs: number) => {
    for (let run = 0; run < runs; run++) {
      const after = 1 + ((run * 97 + name.charCodeAt(0)) % 300)
      acknowledged.push(
        ...(await runAndKill(place, `${name}${run}`, after, run % 5 === 0 ? 'fsync' : 'write')),
      )
    }
  }
  await Promise.all([worker('a', 25), worker('b', 25)])

  const report = verifyAt(place)
  expect(report.problems).toEqual([])
  expect(report.outcome).toBe('intact')
  // Two at a time, so two chains, or a few more where both started at the very moment of taking over.
  expect(report.chains.length).toBeLessThanOrEqual(5)
  // Whoever takes over says how much of what it found was signed by nobody.
  const unsigned = recordsAt(place).map(
    ({ details }) => (details as { readonly unsignedRecords?: number } | undefined)?.unsignedRecords ?? 0,
  )
  expect(unsigned.filter((count) => count > 0).length).toBeGreaterThan(10)
  const recorded = new Set(recordsOf(place))
  expect(acknowledged.length).toBeGreaterThan(1000)
  expect(acknowledged.filter((id) => !recorded.has(id))).toEqual([])
}, 180_000)

function recordsOf(place: Place): string[] {
  return recordsAt(place).flatMap((record) =>
    typeof record.requestId === 'string' ? [record.requestId] : [],
  )
}
