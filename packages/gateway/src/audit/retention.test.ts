import { cpSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { silentLog } from '../log.ts'
import type { AuditTrailOptions } from './openTrail.ts'
import { applyRetention } from './retention.ts'
import { diskIo } from './segmentIo.ts'
import { openSigningKey } from './signingKey.ts'
import {
  checkpointsAt,
  exchange,
  makePlace,
  openAt,
  type Place,
  recordsAt,
  segmentsAt,
  verifyAt,
  writeTrail,
} from './testing/trailFixture.ts'

const DAY = 86_400_000
let place: Place
let clock: number
beforeEach(() => {
  place = makePlace()
  clock = Date.parse('2026-11-01T00:00:00Z')
})
afterEach(() => place.remove())

const now = () => clock
const small: Partial<AuditTrailOptions> = { maxSegmentBytes: 4000, now }

function retain(rule: { retainMs?: number; retainBytes?: number }, own = ''): Promise<number> {
  const key = openSigningKey(place.stateDir, () => new Uint8Array())
  return applyRetention({
    dir: place.dir,
    key,
    io: diskIo,
    now,
    log: silentLog,
    retainMs: 0,
    retainBytes: 0,
    own,
    ...rule,
  })
}

const numbers = () => segmentsAt(place).map((path) => Number(basename(path, '.jsonl')))

it('removes whole old segments, and what is left is proven', async () => {
  await writeTrail(place, 40, small)
  const before = segmentsAt(place).length
  clock += 3 * DAY
  await writeTrail(place, 40, small)
  expect(await retain({ retainMs: 2 * DAY })).toBeGreaterThan(3)
  expect(numbers()[0]).toBeGreaterThanOrEqual(before)
  expect(verifyAt(place)).toMatchObject({ outcome: 'intact', problems: [] })
  expect(recordsAt(place)[0]?.seq).toBeGreaterThan(30)
  await writeTrail(place, 5, small)
  expect(verifyAt(place).outcome).toBe('intact')
})

it('removes the oldest of all chains while there is too much', async () => {
  const one = await openAt(place, small)
  await writeTrail(place, 40, small)
  clock += DAY
  await one.close()
  const total = () => segmentsAt(place).reduce((sum, path) => sum + readFileSync(path).length, 0)
  expect(total()).toBeGreaterThan(12_000)
  await retain({ retainBytes: 8000 })
  expect(total()).toBeLessThanOrEqual(8000)
  expect(verifyAt(place)).toMatchObject({ outcome: 'intact', problems: [] })
})

it('runs by itself at a rotation, and never touches what another process writes', async () => {
  const other = await openAt(place, small)
  const trail = await openAt(place, { ...small, retainBytes: 6000 })
  for (let at = 1; at <= 60; at++) await trail.append(exchange(at))
  await vi.waitFor(() => expect(segmentsAt(place).length).toBeLessThan(5), { timeout: 20_000 })
  await trail.close()
  await other.close()
  expect(verifyAt(place)).toMatchObject({ outcome: 'intact', problems: [] })
})

it('a chain that nobody writes any more does not keep its last segment for ever', async () => {
  await writeTrail(place, 5, small)
  clock += 3 * DAY
  await retain({ retainMs: 2 * DAY })
  await retain({ retainMs: 2 * DAY })
  expect(numbers()).toEqual([2])
  expect(recordsAt(place).map(({ event }) => event)).toEqual(['audit.rotated'])
  expect(verifyAt(place).outcome).toBe('intact')
  await writeTrail(place, 2, small)
  expect(verifyAt(place)).toMatchObject({ outcome: 'intact', chains: [{ segments: 1 }] })
})

it('accepts exactly what was removed: one segment more, or a retention line less, is found', async () => {
  await writeTrail(place, 40, small)
  clock += 3 * DAY
  await writeTrail(place, 40, small)
  await retain({ retainMs: 2 * DAY })
  const kept = makePlace()
  cpSync(place.root, kept.root, { recursive: true })
  unlinkSync(segmentsAt(kept)[0] ?? '')
  expect(verifyAt(kept).problems[0]).toMatchObject({ reason: 'removed', line: 1 })
  kept.remove()
  const lines = readFileSync(checkpointsAt(place), 'utf8').split('\n').filter(Boolean)
  const last = lines.findLastIndex((line) => line.includes('"kind":"retention"'))
  writeFileSync(checkpointsAt(place), `${lines.toSpliced(last, 1).join('\n')}\n`)
  expect(verifyAt(place).problems[0]).toMatchObject({ reason: 'removed', line: 1 })
})

it('a stop between proof and removal leaves more than was promised, and verifies', async () => {
  await writeTrail(place, 40, small)
  const copy = makePlace()
  cpSync(place.root, copy.root, { recursive: true })
  clock += 3 * DAY
  await retain({ retainMs: 2 * DAY }, basename(dirname(segmentsAt(place)[0] ?? '')))
  writeFileSync(checkpointsAt(copy), readFileSync(checkpointsAt(place)))
  const first = segmentsAt(copy)[0] ?? ''
  expect(verifyAt(copy).outcome).toBe('intact')
  unlinkSync(first)
  expect(verifyAt(copy).outcome).toBe('intact')
  copy.remove()
})

it('what was altered is never removed', async () => {
  await writeTrail(place, 40, small)
  const [first = ''] = segmentsAt(place)
  writeFileSync(first, readFileSync(first, 'latin1').replace(/"hash":"..../g, '"hash":"0000'), 'latin1')
  clock += 30 * DAY
  expect(await retain({ retainMs: DAY })).toBe(0)
  expect(verifyAt(place).problems[0]).toMatchObject({ reason: 'edited', segment: 1, line: 1 })
})
