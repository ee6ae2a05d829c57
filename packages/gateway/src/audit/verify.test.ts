import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { digestText } from './digest.ts'
import { PUBLIC_KEY_FILE, SIGNING_KEY_FILE, segmentPath } from './layout.ts'
import { FIRST_PREV, HASH_END_CHARS, hashEnd, readFrame } from './record.ts'
import {
  checkpointsAt,
  makePlace,
  type Place,
  segmentsAt,
  verifyAt,
  writeTrail,
} from './testing/trailFixture.ts'

/** One honest trail of three segments and 43 records, copied for every attack. */
let honest: Place
let place: Place
beforeAll(async () => {
  honest = makePlace()
  await writeTrail(honest, 41, { maxSegmentBytes: 8000 })
})
afterAll(() => honest.remove())
afterEach(() => place?.remove())

function attack(): { chain: string; path: (segment: number) => string } {
  place = makePlace()
  cpSync(honest.root, place.root, { recursive: true })
  const first = segmentsAt(place)[0] ?? ''
  return { chain: basename(dirname(first)), path: (segment) => segmentPath(dirname(first), segment) }
}

const linesOf = (path: string) => readFileSync(path, 'latin1').split('\n').slice(0, -1)
const save = (path: string, lines: readonly string[]) =>
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''), 'latin1')
const at = (lines: readonly string[], index: number) => lines[index] ?? ''

/** The record with its own hash made right, and `prev` too if given: what an attacker without the key can do. */
function rehash(line: string, prev?: string): string {
  const body = line.slice(0, -HASH_END_CHARS)
  const text = prev === undefined ? body : body.replace(/"prev":"\w{64}"$/, `"prev":"${prev}"`)
  return `${text}${hashEnd(digestText(text)).slice(0, -1)}`
}

/** The rest of a chain computed anew from one line on. */
function rechain(lines: readonly string[], from: number): string[] {
  const out = lines.slice(0, from)
  for (const line of lines.slice(from))
    out.push(rehash(line, readFrame(out.at(-1) ?? '')?.hash ?? FIRST_PREV))
  return out
}

function firstProblem(more: { keys?: string[]; checkpoints?: string[] } = {}) {
  const report = verifyAt(place, more)
  expect(report.outcome).toBe('altered')
  return report.problems[0]
}

it('accepts the honest trail, and says what it proved', () => {
  attack()
  const report = verifyAt(place)
  expect(report).toMatchObject({ outcome: 'intact', problems: [], notes: [] })
  expect(report.chains).toMatchObject([{ segments: 3, records: 43, firstSeq: 1, lastSeq: 43, unsigned: 0 }])
  expect(report.keys[0]?.pem).toContain('BEGIN PUBLIC KEY')
})

describe('finds, and names the place of', () => {
  it('an edited record', () => {
    const { chain, path } = attack()
    const lines = linesOf(path(2))
    save(path(2), lines.with(4, at(lines, 4).replace('/project/', '/private/')))
    expect(firstProblem()).toMatchObject({
      reason: 'edited',
      chain,
      segment: 2,
      line: 5,
      seq: readFrame(at(lines, 4))?.seq,
    })
  })

  it('every single flipped byte of a record', () => {
    const { path } = attack()
    const bytes = readFileSync(path(2))
    const end = bytes.indexOf(0x0a)
    for (let position = 0; position < end; position += 7) {
      const flipped = Buffer.from(bytes)
      flipped[position] = (flipped[position] ?? 0) ^ 0x01
      writeFileSync(path(2), flipped)
      expect(firstProblem(), `byte ${position}`).toMatchObject({ segment: 2, line: 1 })
    }
  })

  it('an edited record whose own hash was computed anew', () => {
    const { path } = attack()
    const lines = linesOf(path(2))
    save(path(2), lines.with(4, rehash(at(lines, 4).replace('/project/', '/private/'))))
    expect(firstProblem()).toMatchObject({ reason: 'edited', segment: 2, line: 5 })
  })

  it('an edited last record of a segment, its hash computed anew: the checkpoint made at the rotation tells', () => {
    const { path } = attack()
    const lines = linesOf(path(1))
    save(path(1), lines.with(-1, rehash(at(lines, lines.length - 1).replace('/project/', '/private/'))))
    expect(firstProblem()).toMatchObject({ reason: 'rewritten', segment: 1, line: lines.length })
  })

  it('an edit with the whole rest of the chain computed anew: a checkpoint tells', () => {
    const { path } = attack()
    const lines = linesOf(path(3))
    const changed = lines.with(2, at(lines, 2).replace('/project/', '/private/'))
    save(path(3), rechain(changed, 2))
    expect(firstProblem()).toMatchObject({ reason: 'rewritten', segment: 3, line: lines.length, seq: 43 })
  })

  it('a removed record', () => {
    const { path } = attack()
    const lines = linesOf(path(2))
    save(path(2), lines.toSpliced(4, 1))
    const seq = readFrame(at(lines, 4))?.seq
    expect(firstProblem()).toMatchObject({
      reason: 'removed',
      segment: 2,
      line: 5,
      seq,
      explain: `record ${seq} is missing before record ${(seq ?? 0) + 1}`,
    })
  })

  it('a removed first record, and a removed last one of a segment', () => {
    const one = attack()
    save(one.path(1), linesOf(one.path(1)).slice(1))
    expect(firstProblem()).toMatchObject({ reason: 'removed', segment: 1, line: 1, seq: 1 })
    place.remove()
    const two = attack()
    save(two.path(1), linesOf(two.path(1)).slice(0, -1))
    expect(firstProblem()).toMatchObject({ reason: 'removed', segment: 2, line: 1 })
  })

  it('an inserted copy of a record', () => {
    const { path } = attack()
    const lines = linesOf(path(2))
    save(path(2), lines.toSpliced(7, 0, at(lines, 3)))
    expect(firstProblem()).toMatchObject({
      reason: 'inserted',
      segment: 2,
      line: 8,
      seq: readFrame(at(lines, 3))?.seq,
    })
  })

  it('an inserted forged record that continues the one before it', () => {
    const { path } = attack()
    const lines = linesOf(path(2))
    const forged = rehash(at(lines, 5).replace('read_file', 'delete_it'), readFrame(at(lines, 4))?.hash)
    save(path(2), lines.toSpliced(5, 0, forged))
    expect(firstProblem()).toMatchObject({ reason: 'inserted', segment: 2, line: 6 })
  })

  it('a record of another chain', async () => {
    const { path } = attack()
    const other = makePlace()
    await writeTrail(other, 3)
    const foreign = at(linesOf(segmentsAt(other)[0] ?? ''), 1)
    other.remove()
    save(path(1), linesOf(path(1)).toSpliced(3, 0, foreign))
    expect(firstProblem()).toMatchObject({ reason: 'inserted', segment: 1, line: 4 })
  })

  it('two records that changed places, and two segments', () => {
    const one = attack()
    const lines = linesOf(one.path(2))
    save(one.path(2), lines.with(4, at(lines, 5)).with(5, at(lines, 4)))
    expect(firstProblem()).toMatchObject({
      reason: 'reordered',
      segment: 2,
      line: 5,
      seq: readFrame(at(lines, 5))?.seq,
    })
    place.remove()
    const two = attack()
    renameSync(two.path(2), `${two.path(2)}.x`)
    renameSync(two.path(3), two.path(2))
    renameSync(`${two.path(2)}.x`, two.path(3))
    expect(firstProblem()).toMatchObject({ reason: 'reordered', segment: 2, line: 1 })
  })

  it('a missing segment, and one whose gap was closed by renaming', () => {
    const one = attack()
    unlinkSync(one.path(2))
    expect(firstProblem()).toMatchObject({
      reason: 'gap',
      segment: 3,
      line: 1,
      explain: 'segment 2 is missing',
    })
    place.remove()
    const two = attack()
    renameSync(two.path(3), two.path(2))
    expect(firstProblem()).toMatchObject({ reason: 'removed', segment: 2, line: 1 })
  })

  it('missing first segments: only a retention checkpoint may take them', () => {
    const { path } = attack()
    unlinkSync(path(1))
    expect(firstProblem()).toMatchObject({ reason: 'removed', segment: 2, line: 1, seq: 1 })
  })

  it('a truncated end, by records, by a segment, by half a record', () => {
    const one = attack()
    const lines = linesOf(one.path(3))
    save(one.path(3), lines.slice(0, -2))
    expect(firstProblem()).toMatchObject({ reason: 'truncated', segment: 3, line: lines.length - 1, seq: 42 })
    place.remove()
    const two = attack()
    unlinkSync(two.path(3))
    expect(firstProblem()).toMatchObject({ reason: 'truncated', segment: 2 })
    place.remove()
    const three = attack()
    const text = readFileSync(three.path(3), 'latin1')
    writeFileSync(three.path(3), text.slice(0, -20), 'latin1')
    expect(firstProblem()).toMatchObject({ reason: 'truncated', segment: 3, line: lines.length, seq: 43 })
    place.remove()
    const four = attack()
    writeFileSync(four.path(2), readFileSync(four.path(2), 'latin1').slice(0, -20), 'latin1')
    expect(firstProblem()).toMatchObject({ reason: 'truncated', segment: 2 })
  })

  it('a chain that is gone', () => {
    const { chain, path } = attack()
    rmSync(dirname(path(1)), { recursive: true })
    expect(firstProblem()).toMatchObject({ reason: 'missing-chain', chain, seq: 43 })
  })

  it('a removed end together with the local checkpoints, by a copy kept elsewhere', () => {
    const { path } = attack()
    const copy = join(place.root, 'copy.jsonl')
    copyFileSync(checkpointsAt(place), copy)
    save(path(3), linesOf(path(3)).slice(0, -2))
    save(checkpointsAt(place), linesOf(checkpointsAt(place)).slice(0, -1))
    expect(verifyAt(place).outcome).toBe('intact')
    expect(firstProblem({ checkpoints: [copy] })).toMatchObject({ reason: 'truncated', segment: 3, seq: 42 })
  })

  it('a chain that was rewritten from the start and stripped of its checkpoints', () => {
    const { path } = attack()
    save(path(1), rechain(linesOf(path(1)), 0))
    unlinkSync(checkpointsAt(place))
    expect(firstProblem()).toMatchObject({ reason: 'unsigned' })
  })

  it.each([
    [
      'a checkpoint for another record',
      (line: string) => line.replace(/"seq":\d+/, '"seq":2'),
      'checkpoint-signature',
    ],
    [
      'a retention checkpoint made of another',
      (line: string) => line.replace(/"kind":"\w+"/, '"kind":"retention"'),
      'checkpoint-signature',
    ],
    [
      'a changed signature',
      (line: string) => line.replace(/.{10}"\}$/, 'AAAAAAAAAA"}'),
      'checkpoint-signature',
    ],
    [
      'a checkpoint under an unknown key',
      (line: string) => line.replace(/"keyId":"\w+"/, `"keyId":"${'0'.repeat(16)}"`),
      'unknown-key',
    ],
    ['a line that is no checkpoint', () => '{"v":1,"kind":"other"}', 'checkpoint-unreadable'],
  ] as const)('%s', (_name, change, reason) => {
    attack()
    const lines = linesOf(checkpointsAt(place))
    save(checkpointsAt(place), lines.with(1, change(at(lines, 1))))
    expect(firstProblem()).toMatchObject({ reason, line: 2, file: checkpointsAt(place) })
  })

  describe('what no gateway wrote, and the next start does not sign it', () => {
    /** A record that continues the chain, as whoever can write to the folder but has no key makes one. */
    function forged(after: string, chain: string): string {
      const { seq = 0, hash = FIRST_PREV } = readFrame(after) ?? {}
      const body = `{"v":1,"chain":"${chain}","seq":${seq + 1},"time":"2026-11-29T08:00:00.000Z","kind":"exchange","method":"tools/call","outcome":"ok","prev":"${hash}"`
      return `${body}${hashEnd(digestText(body)).slice(0, -1)}`
    }

    it('behind the end with which a chain was closed', async () => {
      const { chain, path } = attack()
      const lines = linesOf(path(3))
      save(path(3), [...lines, forged(at(lines, lines.length - 1), chain)])
      expect(firstProblem()).toMatchObject({ reason: 'inserted', chain, seq: 44 })
      await writeTrail(place, 2)
      const report = verifyAt(place)
      expect(report.problems).toMatchObject([{ reason: 'inserted', chain, seq: 44 }])
      expect(report.chains).toHaveLength(2)
    })

    it('as a chain of its own, of one record', async () => {
      attack()
      const invented = '00000000000000ab'
      mkdirSync(join(place.dir, invented))
      save(segmentPath(join(place.dir, invented), 1), [forged('', invented)])
      expect(firstProblem()).toMatchObject({ reason: 'unsigned', chain: invented })
      await writeTrail(place, 2)
      const report = verifyAt(place)
      expect(report.problems).toMatchObject([{ reason: 'unsigned', chain: invented }])
      expect(report.chains.find(({ chain }) => chain === invented)).toMatchObject({ records: 1 })
    })

    it('but goes on with a chain that was closed, or was stopped before anything of it was signed', async () => {
      const { path } = attack()
      await writeTrail(place, 2)
      expect(verifyAt(place)).toMatchObject({ outcome: 'intact', chains: [{ records: 47 }] })
      // Said before the first record behind it: a stop between them must not make that record a forgery.
      const kinds = linesOf(checkpointsAt(place)).map(
        (line) => JSON.parse(line) as { kind: string; seq: number },
      )
      const closed = kinds.find(({ kind }) => kind === 'close')?.seq
      expect(kinds).toContainEqual(expect.objectContaining({ kind: 'open', seq: closed }))
      const first = makePlace()
      await writeTrail(first, 0)
      const [only = ''] = segmentsAt(first)
      save(only, linesOf(only).slice(0, 1))
      unlinkSync(checkpointsAt(first))
      expect(verifyAt(first).problems).toEqual([])
      await writeTrail(first, 2)
      expect(verifyAt(first)).toMatchObject({ outcome: 'intact', problems: [], chains: [{ records: 5 }] })
      first.remove()
      expect(linesOf(path(3)).length).toBeGreaterThan(0)
    })
  })

  it('a key that was exchanged, with everything signed anew', async () => {
    attack()
    const trusted = join(place.root, 'trusted.pem')
    copyFileSync(join(place.dir, PUBLIC_KEY_FILE), trusted)
    // The attacker writes a history of their own, under a key of their own.
    rmSync(place.dir, { recursive: true })
    rmSync(place.stateDir, { recursive: true })
    await writeTrail(place, 5)
    expect(verifyAt(place).outcome).toBe('intact')
    const { problems } = verifyAt(place, { keys: [trusted] })
    expect(problems.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['key-swap', 'unknown-key', 'unsigned']),
    )
    // Or exchanges only the public key beside the chains.
    writeFileSync(join(place.dir, PUBLIC_KEY_FILE), readFileSync(trusted))
    expect(firstProblem()).toMatchObject({ reason: 'key-swap', file: join(place.dir, PUBLIC_KEY_FILE) })
  })
})

it('no byte of a signed trail can be changed, taken away or moved without being noticed', () => {
  attack()
  const files = segmentsAt(place).map((path) => ({ path, bytes: readFileSync(path) }))
  const change = fc.record({
    file: fc.nat(files.length - 1),
    from: fc.double({ min: 0, max: 0.999, noNaN: true }),
    length: fc.integer({ min: 1, max: 900 }),
    to: fc.double({ min: 0, max: 0.999, noNaN: true }),
    kind: fc.constantFrom('flip' as const, 'delete' as const, 'move' as const),
    mask: fc.integer({ min: 1, max: 255 }),
  })
  fc.assert(
    fc.property(change, ({ file, from, length, to, kind, mask }) => {
      const { path, bytes } = files[file] ?? { path: '', bytes: Buffer.alloc(0) }
      const start = Math.floor(from * bytes.length)
      const part = bytes.subarray(start, start + length)
      const rest = Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + length)])
      const target = Math.floor(to * rest.length)
      const changed =
        kind === 'delete'
          ? rest
          : kind === 'move'
            ? Buffer.concat([rest.subarray(0, target), part, rest.subarray(target)])
            : Buffer.from(bytes)
      if (kind === 'flip') changed[start] = (changed[start] ?? 0) ^ mask
      fc.pre(!changed.equals(bytes))
      writeFileSync(path, changed)
      const { outcome } = verifyAt(place)
      writeFileSync(path, bytes)
      expect(outcome).toBe('altered')
    }),
    { numRuns: 300 },
  )
})

describe('does not cry wolf', () => {
  it('over a record that is just being written, or was torn by a crash', () => {
    const { path } = attack()
    writeFileSync(path(3), `${readFileSync(path(3), 'latin1')}{"v":1,"chain":"`, 'latin1')
    const report = verifyAt(place)
    expect(report.outcome).toBe('intact')
    expect(report.notes[0]).toContain('16 bytes behind the last record were never finished')
  })

  it('over a checkpoint line that a full disk cut off', () => {
    attack()
    writeFileSync(
      checkpointsAt(place),
      `${readFileSync(checkpointsAt(place), 'latin1')}{"v":1,"kind":"peri`,
      'latin1',
    )
    expect(verifyAt(place).outcome).toBe('intact')
  })

  it('over a copy of the trail without its state directory: the published key serves', () => {
    attack()
    rmSync(place.stateDir, { recursive: true })
    const report = verifyAt(place)
    expect(report.outcome).toBe('intact')
    expect(report.keys[0]?.source).toBe(join(place.dir, PUBLIC_KEY_FILE))
    expect(existsSync(join(place.stateDir, SIGNING_KEY_FILE))).toBe(false)
  })

  it('but says that it could not check signatures without any key', () => {
    attack()
    rmSync(place.stateDir, { recursive: true })
    unlinkSync(join(place.dir, PUBLIC_KEY_FILE))
    expect(verifyAt(place).outcome).toBe('unchecked')
  })
})
